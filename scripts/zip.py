"""`make zip`: the whole site as one file, to be unpacked and read where there is no network."""

import sys
import zipfile

from book import INDEX, take

LONG_AGO = (1980, 1, 1, 0, 0, 0)  # so that the same site gives the same bytes


def write(site, path):
    """Pack a built site, in a folder of the file's name, into `path`; packed sites stay out."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in sorted(site.rglob("*")):
            if file.is_file() and file.suffix != path.suffix:
                name = f"{path.stem}/{file.relative_to(site).as_posix()}"
                entry = zipfile.ZipInfo(name, LONG_AGO)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                archive.writestr(entry, file.read_bytes())


def main():
    from articles import HTML, TAKEN, WHOLE

    TAKEN.mkdir(exist_ok=True)
    write(HTML, TAKEN / f"{WHOLE}.zip")


if __name__ == "__main__":
    if sys.argv[1:] == ["pack"]:
        sys.exit(main())
    for old in INDEX.parent.glob("*/*.zip"):  # or the pages in the new one would link it
        old.unlink()
    sys.exit(take(__file__, "book", "pack"))
