"""What is known of each portal's alert mails: one YAML file a portal, and the words that they share."""
