"""Small PNG and JPEG files with their pixels, and resized images, computed by Pillow.

Usage: python3 generate-images.py OUT_FILE     (Pillow 12.3)

A file is in base64; its pixels are row by row, the channels of each side by side. PNGs are of random pixels;
JPEGs are smooth, so that decoders that round otherwise are close.
"""
import base64, io, json, random, sys
from PIL import Image

rng = random.Random(1)


def noise(mode, width=13, height=9):
    channels = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}[mode]
    return Image.frombytes(mode, (width, height), bytes(rng.randrange(256) for _ in range(width * height * channels)))


def smooth(mode, width=24, height=16):
    image = Image.new("RGB", (width, height))
    image.putdata([(40 + 7 * x, 200 - 9 * y, 60 + 3 * x + 5 * y) for y in range(height) for x in range(width)])
    return image.convert(mode)


def saved(image, format, **options):
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def pixels(image):
    data = list(image.get_flattened_data())
    return [v for p in data for v in p] if isinstance(data[0], tuple) else data


def case(name, file, shown, channels, largest=255):
    return {"name": name, "file": base64.b64encode(file).decode(), "height": shown.height, "width": shown.width,
            "channels": channels, "largest": largest, "pixels": pixels(shown)}


def png(name, image, shown, channels, **options):
    return case(name, saved(image, "PNG", **options), shown, channels)


def jpeg(name, image, channels, shown=None, **options):
    file = saved(image, "JPEG", **options)
    decoded = shown or Image.open(io.BytesIO(file))
    return case(name, file, decoded.convert("L" if channels == 1 else "RGB"), channels)


files = []
for mode, channels in (("L", 1), ("LA", 2), ("RGB", 3), ("RGBA", 4)):
    image = noise(mode)
    files.append(png(f"PNG {mode}", image, image, channels))
image = noise("L").point(lambda v: v * 257, "I").convert("I;16")
files.append(case("PNG of 16 bits", saved(image, "PNG"), image, 1, 65535))
image = noise("L").convert("1")
files.append(png("PNG of 1 bit", image, image.convert("L"), 1))
image = noise("RGB").quantize(13)
files.append(png("PNG with a palette of 4 bits", image, image.convert("RGB"), 3, bits=4))
files.append(png("PNG with a clear colour in its palette", image, image.copy(), 4, bits=4, transparency=3))
rgba = Image.open(io.BytesIO(base64.b64decode(files[-1]["file"]))).convert("RGBA")
files[-1]["pixels"] = pixels(rgba)
image = noise("RGB")
clear = image.getpixel((4, 3))
files.append(png("PNG with a clear colour", image, image, 4, transparency=clear))
files[-1]["pixels"] = pixels(Image.open(io.BytesIO(base64.b64decode(files[-1]["file"]))).convert("RGBA"))

jpegs = [
    jpeg("JPEG RGB", smooth("RGB"), 3, quality=95, subsampling=0),
    jpeg("JPEG with half the colours", smooth("RGB"), 3, quality=95, subsampling=2),
    jpeg("JPEG gray", smooth("L"), 1, quality=95),
    jpeg("progressive JPEG", smooth("RGB"), 3, quality=95, subsampling=0, progressive=True),
    jpeg("JPEG CMYK", smooth("RGB").convert("CMYK"), 3, quality=95),
]
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = saved(smooth("RGB"), "JPEG", quality=95, subsampling=0, exif=exif)
    from PIL import ImageOps
    shown = ImageOps.exif_transpose(Image.open(io.BytesIO(file)))
    jpegs.append(case(f"JPEG of orientation {orientation}", file, shown, 3))

resized = []
for (width, height), (new_width, new_height) in (((7, 5), (3, 2)), ((7, 5), (13, 11)), ((16, 16), (4, 8)), ((9, 4), (1, 1)), ((3, 3), (8, 2))):
    image = Image.new("F", (width, height))
    image.putdata([rng.random() for _ in range(width * height)])
    small = image.resize((new_width, new_height), Image.Resampling.BILINEAR)
    resized.append({"from": [height, width], "data": list(image.get_flattened_data()),
                    "to": [new_height, new_width], "expected": list(small.get_flattened_data())})

json.dump({"pngs": files, "jpegs": jpegs, "resized": resized}, open(sys.argv[1], "w"), separators=(",", ":"))
