"""Alert mails of portals, forwarded by those who got them: hostile bytes in, notices out. Nothing is ever fetched."""
