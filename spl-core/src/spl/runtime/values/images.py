"""Pictures of Pillow, as PNG; in a mode that PNG does not have, as their bare pixels."""

from __future__ import annotations

from spl.runtime.values.decoder import text_of
from spl.runtime.values.encoder import Refused
from spl.runtime.values.model import TAG, NotDecodable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from spl.runtime.values.decoder import Decoder
    from spl.runtime.values.encoder import Encoder, Write
    from spl.runtime.values.model import Doc

MEDIA_TYPE = "image/png"
PIXELS = "application/octet-stream"
PNG_MODES = frozenset(("1", "L", "LA", "P", "RGB", "RGBA", "I;16"))  # that PNG brings back as they were
FAST = 1  # of PNG's levels: three times as fast as the usual one, and a fifth larger


def writer_of(kind: type) -> Write | None:
    from PIL import Image

    return write_image if issubclass(kind, Image.Image) else None


def write_image(encoder: Encoder, image: Any, depth: int) -> Doc:
    if getattr(image, "n_frames", 1) > 1:
        raise Refused(type(image), "it has several frames; save it as an artifact")
    doc: dict[str, Doc] = {TAG: "image", "mode": image.mode, "size": list(image.size)}
    pixels = image.size[0] * image.size[1]
    if image.mode not in PNG_MODES or pixels == 0:
        return {**doc, "format": "pixels", **encoder.bytes_payload(image.tobytes() if pixels else b"", PIXELS)}

    def write(file: BinaryIO) -> None:
        image.save(file, format="PNG", compress_level=FAST)

    return {**doc, "format": "png", **encoder.payload(write, pixels * len(image.getbands()), MEDIA_TYPE)}


def read_image(decoder: Decoder, doc: dict[str, Doc], depth: int) -> Any:
    try:
        from PIL import Image
    except ImportError:
        return decoder.encoded(doc, "PIL.Image", MEDIA_TYPE if doc.get("format") == "png" else PIXELS)
    import io

    mode, size, data = text_of(doc, "mode"), tuple(decoder.sequence(doc.get("size"), depth)), decoder.bytes_of(doc)
    if doc.get("format") == "pixels":
        image = Image.new(mode, size) if 0 in size else Image.frombytes(mode, size, data)
        if len(image.tobytes()) != len(data):
            raise NotDecodable("The picture has another number of pixels than its document says.")
        return image
    with Image.open(io.BytesIO(data), formats=["PNG"]) as opened:
        if opened.size != size:
            raise NotDecodable("The picture has another size than its document says.")
        image = opened.copy()
    return image if image.mode == mode else image.convert(mode)


READERS = {"image": read_image}
