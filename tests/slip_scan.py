# SPDX-License-Identifier: EUPL-1.2
"""Draw each QR code of a receipt as a picture, as a browser would: only what
the SVG says counts. Prints the names of the pictures."""
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

SCALE = 8
RUN = re.compile(r"M(\d+) (\d+)h(\d+)v(\d+)h-(\d+)z")


def draw(svg):
    size = int(svg.get("viewBox").split()[2])
    rows = [bytearray(b"\x80" * size) for _ in range(size)]
    for path in svg.iter("path"):
        ink = {"#000": 0, "#fff": 255}[path.get("fill")]
        rest = RUN.sub("", path.get("d"))
        if rest:
            sys.exit(f"a path that is not understood: {rest[:40]}")
        for run in RUN.finditer(path.get("d")):
            x, y, width, height = (int(n) for n in run.groups()[:4])
            for row in rows[y:y + height]:
                row[x:x + width] = bytes([ink]) * width
    head = f"P5 {size * SCALE} {size * SCALE} 255\n".encode()
    return head + b"".join(
        bytes(b for b in row for _ in range(SCALE)) * SCALE for row in rows)


def main(page, folder):
    page = ElementTree.parse(page)
    for number, svg in enumerate(page.iter("svg")):
        image = pathlib.Path(folder) / f"{number}.pgm"
        image.write_bytes(draw(svg))
        print(image)


main(*sys.argv[1:])
