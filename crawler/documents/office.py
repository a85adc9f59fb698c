"""What DOCX, ODT and XLSX share: they are zips of XML, and are looked at before a library opens them."""

import io
import zipfile
import zlib

from lxml import etree

from config.errors import InputError

MAX_UNPACKED = 300_000_000
MAX_XML = 60_000_000
"""Of one XML member; the tree takes about ten times as much memory."""
MAX_MEMBERS = 5_000
MAX_RATIO = 200
"""Word's own XML packs to a tenth, seldom to a fiftieth."""
BIG = "Filen packar upp till mer än vad som läses ({what}). Be om den som PDF."

Element = etree._Element


def open_zip(data: bytes, kind: str) -> zipfile.ZipFile:
    """The zip of an office file whose members' sizes are as they should. Raises InputError."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise InputError(kind, None, BIG.format(what=f"{len(infos)} delar"))
    if sum(info.file_size for info in infos) > MAX_UNPACKED:
        raise InputError(kind, None, BIG.format(what=f"{MAX_UNPACKED // 1_000_000} MB"))
    for info in infos:
        is_xml = info.filename.lower().endswith((".xml", ".rels"))
        bomb = info.file_size > 1_000_000 and info.file_size > MAX_RATIO * max(1, info.compress_size)
        if bomb or (is_xml and info.file_size > MAX_XML):
            raise InputError(kind, info.filename, BIG.format(what=f"{info.file_size // 1_000_000} MB i en del"))
        if info.flag_bits & 1:
            raise InputError(
                kind, None, "Filen är låst med lösenord och har inte lästs. Be köparen om en fil utan lösenord."
            )
    return archive


def read_member(archive: zipfile.ZipFile, name: str, kind: str) -> bytes | None:
    """One member's bytes, never more than MAX_XML; None where it is missing. Raises InputError."""
    try:
        with archive.open(name) as file:
            data = file.read(MAX_XML + 1)
    except KeyError:
        return None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise InputError(kind, name, f"Filen är skadad och har inte lästs ({error}). Hämta den på nytt.") from error
    if len(data) > MAX_XML:
        raise InputError(kind, name, BIG.format(what=f"{MAX_XML // 1_000_000} MB i en del"))
    return data


def parse(data: bytes) -> Element:
    """XML without entities, network, DTD, or trees deeper than lxml's own bound. Raises lxml.etree.XMLSyntaxError."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    return etree.fromstring(data, parser)
