"""PDF documents made object by object (ISO 32000-1), for what no library would write."""

import zlib
from collections.abc import Sequence

FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode %d 0 R>>"
FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 1 1]"


def stream(data: bytes, more: bytes = b"") -> bytes:
    """Return packed data as an object; `more`: what else its dictionary says."""
    packed = zlib.compress(data, 9)
    head = b"<</Length %d/Filter/FlateDecode%s>>" % (len(packed), more)
    return head + b"\nstream\n" + packed + b"\nendstream"


def document(drawing: bytes, *, resources: bytes = b"", objects: Sequence[bytes] = ()) -> bytes:
    """Return a document of one page; `objects` have the numbers from 5 on."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<%s>>>>"
    numbered = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page % resources,
        drawing,
        *objects,
    ]
    body, places = b"%PDF-1.7\n", list[int]()
    for number, content in enumerate(numbered, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    listed = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(numbered) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, listed)
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, len(body))
    return body + table + end


def written(text: bytes, code: int) -> bytes:
    """Return a page with a text in which the byte 1 stands for the sign with that code."""
    mapping = stream(
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> "
        b"endcodespacerange 1 beginbfchar <01> <%04X> endbfchar 1 beginbfrange <20> <7E> <0020> "
        b"endbfrange endcmap end" % code
    )
    drawing = stream(b"BT /F1 10 Tf 50 700 Td (%s) Tj ET" % text)
    fonts = b"/Font<</F1 5 0 R>>"
    return document(drawing, resources=fonts, objects=[FONT % 6, mapping])


def laughing(depth: int) -> bytes:
    """Return a page with a drawing that draws another ten times, which does so too, and so on."""
    each = [
        stream(b"/F Do " * 10, FORM + b"/Resources<</XObject<</F %d 0 R>>>>" % (6 + level))
        for level in range(depth)
    ]
    last = stream(b"0 0 m 1 1 l S", FORM)
    forms = b"/XObject<</F 5 0 R>>"
    return document(stream(b"/F Do"), resources=forms, objects=[*each, last])
