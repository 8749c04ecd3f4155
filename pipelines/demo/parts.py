"""The parts of a drawn face, one function each."""

import numpy as np

from pipelines.demo.canvas import Canvas, Points, arc, ellipse, mirrored
from pipelines.demo.traits import Colour, Identity, mix

BLACK: Colour = (20, 18, 18)
WHITE: Colour = (235, 238, 238)
RED: Colour = (70, 60, 205)
GOLD: Colour = (80, 190, 225)
LINE_DARK = 0.62  # Share of the dark tone in the deepest wrinkle.


def outline(person: Identity, grow: float = 1.0) -> Points:
    """The head's outline: a rounded skull with a lower half that tapers with the jaw."""
    angles = np.linspace(0.0, 2.0 * np.pi, 72)
    y = np.sin(angles)
    power = np.where(y < 0, 2.1, 1.35 + 1.5 * person.look.jaw)
    x = np.sign(np.cos(angles)) * np.sqrt(np.clip(1.0 - np.abs(y) ** power, 0.0, 1.0))
    points: Points = np.stack([x * person.look.width, y], axis=1) * grow
    return points


def shade(person: Identity, depth: float) -> Colour:
    """The skin in shadow; `depth` 0 is the skin colour, 1 a dark brown."""
    blue, green, red = person.skin
    return mix(person.skin, (blue * 0.30, green * 0.34, red * 0.45), depth)


def hair_behind(canvas: Canvas, person: Identity) -> None:
    """Long hair behind head and neck."""
    look = person.look
    if not person.long_hair:
        return
    wide = look.width + 0.08 + 0.55 * look.hair
    top = arc((0.0, -0.1), (wide, 0.92 + look.hair), (180.0, 360.0))
    fall = np.array([[wide * 1.08, 0.3], [wide * 1.05, person.long_hair]])
    ends = np.array([[-wide * 1.05, person.long_hair], [-wide * 1.08, 0.3]])
    canvas.fill(np.concatenate([top, fall, ends]), mix(person.hair, BLACK, 0.25), front=False)


def body(canvas: Canvas, person: Identity) -> None:
    """Neck, shoulders and clothes."""
    look = person.look
    neck, wide = look.neck * look.width, look.shoulders
    column = np.array([[-neck, 0.4], [neck, 0.4], [neck * 1.15, 1.6], [-neck * 1.15, 1.6]])
    canvas.fill(column, shade(person, 0.30), front=False)
    top = 1.0 + 0.14 * wide
    right = np.array([[neck * 1.1, top], [wide * 0.8, top + 0.22], [wide, top + 0.6], [wide, 3.0]])
    left = right[::-1] * (-1.0, 1.0)
    collar = np.array([[-neck * 0.6, top + 0.1], [0.0, top + 0.32], [neck * 0.6, top + 0.1]])
    canvas.fill(np.concatenate([collar, right, left]), person.cloth, front=False)
    for level in (0.25, 0.37):
        ring = arc((0.0, top - level), (neck * 0.9, 0.06), (20.0, 160.0), 10)
        canvas.stroke(ring, shade(person, 0.3 + 0.45 * look.lines), 0.03, front=False)


def head(canvas: Canvas, person: Identity) -> None:
    """Ears and the skin of the head, darker towards its edge."""
    for side in (-1.0, 1.0):
        ear = ellipse((side * (person.look.width + 0.015), person.look.eye_y + 0.1), (0.10, 0.19))
        canvas.fill(ear, shade(person, 0.22), front=False)
    canvas.fill(outline(person), shade(person, 0.24), front=False)
    canvas.fill(outline(person, 0.86) * (1.0, 1.02), person.skin, front=False)
    canvas.soften(0.05)


def flesh(canvas: Canvas, person: Identity) -> None:
    """Soft shadows: blush, bags under the eyes and jowls."""
    look, gap = person.look, person.gap * person.look.width
    cheeks = mirrored(ellipse((look.width * 0.58, look.eye_y + 0.36), (0.20, 0.16), 16))
    canvas.veil(cheeks, mix(person.skin, RED, 0.55), 0.75 * look.blush, 0.06)
    bags = mirrored(ellipse((gap, look.eye_y + 0.17), (0.15, 0.055), 16))
    canvas.veil(bags, shade(person, 0.9), 0.6 * look.sag, 0.03)
    jowls = mirrored(ellipse((look.width * 0.64, 0.70), (0.10, 0.20), 16))
    hollows = mirrored(ellipse((look.width * 0.72, look.eye_y + 0.45), (0.08, 0.16), 16))
    canvas.veil([*jowls, *hollows], shade(person, 0.8), 0.40 * look.sag, 0.07)


def beard(canvas: Canvas, person: Identity) -> None:
    """Stubble to full beard along the jaw, and a moustache."""
    edge = outline(person, 0.99)
    lower = edge[edge[:, 1] > 0.12]  # In order of angle: right side, chin, left side.
    curve = arc((0.0, 0.22), (person.look.width * 0.66, 0.27), (180.0, 0.0), 16)
    lip = ellipse((0.0, mouth_y(person) - 0.11), (0.24, 0.055), 16)
    tone = mix(person.hair, person.skin, 0.15)
    canvas.veil([np.concatenate([lower, curve]), lip], tone, 0.85 * person.beard**0.7, 0.02)


def mouth_y(person: Identity) -> float:
    """Height of the mouth: between nose and chin."""
    return 0.44 * (person.look.eye_y + person.look.nose) + 0.56 * 0.86


def eyes(canvas: Canvas, person: Identity) -> None:
    """White, iris, pupil, lids and lashes."""
    look = person.look
    x, y, wide = person.gap * look.width, look.eye_y, look.eye
    tall = wide * (0.62 - 0.14 * look.lines)
    lashes = 0.022 + 0.028 * person.makeup
    for side in (-1.0, 1.0):
        socket = ellipse((side * x, y), (wide * 1.25, tall * 1.6), 24)
        canvas.fill(socket, shade(person, 0.12 + 0.25 * person.makeup))
        canvas.fill(ellipse((side * x, y), (wide, tall), 24), WHITE)
        canvas.fill(ellipse((side * x, y), (tall * 0.92, tall * 0.92), 20), person.iris)
        canvas.fill(ellipse((side * x, y), (tall * 0.48, tall * 0.48), 16), BLACK)
        canvas.fill(ellipse((side * x + 0.02, y - 0.02), (tall * 0.2, tall * 0.2), 8), WHITE)
        lid = arc((side * x, y + 0.005), (wide * 1.05, tall * 1.08), (188.0, 352.0), 16)
        canvas.stroke(lid, shade(person, 0.95), lashes)


def brows(canvas: Canvas, person: Identity) -> None:
    """Two arched bars, faint on babies."""
    look = person.look
    y = look.eye_y - 0.10 - 1.05 * look.eye
    bend = np.array([[0.45, 0.03], [1.0, -0.03], [1.65, 0.05]])
    bar = np.add(bend * (person.gap * look.width, 1.0), (0.0, y))
    tone = mix(person.skin, mix(person.hair, BLACK, 0.3), min(1.0, 0.25 + person.brow * 28))
    for half in mirrored(bar):
        canvas.stroke(half, tone, 2.0 * person.brow)


def nose(canvas: Canvas, person: Identity) -> None:
    """Ridge, tip and nostrils."""
    look, wide = person.look, person.nose_width * (0.7 + 0.9 * person.look.nose)
    tip = look.eye_y + look.nose
    ridge = np.array([[0.3 * wide, look.eye_y + 0.1], [0.75 * wide, tip - 0.05]])
    canvas.stroke(ridge, shade(person, 0.35), 0.035)
    canvas.fill(ellipse((0.0, tip), (wide, 0.35 * wide + 0.02), 16), shade(person, 0.22))
    canvas.fill(ellipse((0.0, tip - 0.035), (0.6 * wide, 0.5 * wide), 16), person.skin)
    for half in mirrored(ellipse((0.5 * wide, tip + 0.02), (0.24 * wide, 0.02), 10)):
        canvas.fill(half, shade(person, 0.9))


def mouth(canvas: Canvas, person: Identity, smile: float) -> None:
    """Lips, and teeth in a wide smile."""
    look, y = person.look, mouth_y(person)
    wide, tall = 0.20 + 0.09 * max(smile, 0.0), look.lips
    x = np.linspace(-1.0, 1.0, 15)
    lift = -0.10 * smile * x**2
    upper = np.stack([x * wide, y + lift - tall * (1 - x**2)], axis=1)
    lower = np.stack([x * wide, y + lift + 1.3 * tall * (1 - x**2)], axis=1)
    lips = mix(mix(person.skin, RED, 0.30), (60, 40, 190), 0.65 * person.makeup)
    canvas.fill(np.concatenate([upper, lower[::-1]]), mix(lips, BLACK, 0.1))
    middle = np.stack([x * wide * 0.95, y + lift], axis=1)
    if smile > 0.55:
        teeth = np.add(middle[2:-2], (0.0, 0.5 * tall))
        canvas.fill(np.concatenate([middle[2:-2], teeth[::-1]]), WHITE)
    canvas.stroke(middle, shade(person, 0.95), 0.022)


def wrinkles(canvas: Canvas, person: Identity) -> None:
    """Lines on the forehead, between brow and temple, and from nose to mouth."""
    look, depth = person.look, person.look.lines
    if depth < 0.06:
        return
    tone, gap = shade(person, LINE_DARK * depth), person.gap * person.look.width
    top, low = max(look.hairline, -0.8) + 0.1, look.eye_y - 0.32
    rows = min(1 + round(2 * depth), max(1, int((low - top) / 0.11)))
    for height in np.linspace(1.0, 0.0, rows):
        y = top + (low - top) * height
        canvas.stroke(arc((0.0, y + 0.05), (0.36, 0.06), (200.0, 340.0), 12), tone, 0.034)
    fold_top, fold_low = look.eye_y + look.nose - 0.05, mouth_y(person) + 0.10
    fold = np.array([[0.17, fold_top], [0.28, (fold_top + fold_low) / 2], [0.31, fold_low]])
    under = arc((gap, look.eye_y + 0.10), (0.16, 0.10), (20.0, 160.0), 12)
    feet = [
        np.array([[gap + 0.15, look.eye_y + 0.01], [gap + 0.27, look.eye_y + drop]])
        for drop in (-0.07, 0.02, 0.11)
    ]
    for line in (fold, under, *feet):
        for half in mirrored(line):
            canvas.stroke(half, tone, 0.036)


def spots(canvas: Canvas, person: Identity) -> None:
    """Pimples on young skin, dark spots on old skin."""
    tone = mix(person.skin, RED, 0.5) if person.look.lines < 0.4 else shade(person, 0.55)
    for x, y in person.spots:
        canvas.fill(ellipse((x * person.look.width, y), (0.036, 0.034), 10), tone)


def hair(canvas: Canvas, person: Identity) -> None:
    """Hair over the skull down to the hairline, or side tufts of a bald head."""
    look = person.look
    wide = look.width + 0.03 + 0.5 * look.hair
    side_y = 0.45 if person.long_hair else -0.05 + 0.12 * look.lines
    outer = arc((0.0, -0.08), (wide, 0.94 + look.hair), (172.0, 368.0), 40)
    across = np.linspace(1.0, -1.0, 25)
    edge = np.where(across > person.parting, 1.0 - person.parting, 1.0 + person.parting)
    rise = (np.abs(across - person.parting) / edge) ** 3.5
    line = look.hairline + (side_y - look.hairline) * rise
    line = line + person.waves * np.sin(9.0 * across)
    inner = np.stack([across * look.width * 0.93, line], axis=1)
    tone = mix(person.skin, person.hair, look.cover)
    if person.bald:
        for half in mirrored(ellipse((look.width * 0.985, -0.20), (0.075, 0.34), 24)):
            canvas.fill(half, mix(tone, person.skin, 0.15), front=False)
        return
    canvas.fill(np.concatenate([outer, canvas.on_face(inner)]), tone, front=False)
    shine = arc((person.parting * 0.5, -0.1), (wide * 0.72, 0.78 + look.hair), (215.0, 300.0), 16)
    if look.hair > 0.08:
        canvas.stroke(shine, mix(tone, WHITE, 0.16), 0.05, front=False)


def ornaments(canvas: Canvas, person: Identity) -> None:
    """Glasses, earrings and a girl's bow."""
    look, gap = person.look, person.gap * person.look.width
    if person.glasses:
        for half in mirrored(ellipse((gap, look.eye_y + 0.01), (0.235, 0.19), 28)):
            canvas.stroke(half, BLACK, 0.035)
        canvas.stroke(np.array([[-gap + 0.23, look.eye_y], [gap - 0.23, look.eye_y]]), BLACK, 0.035)
    if person.earrings:
        for half in mirrored(ellipse((look.width + 0.03, look.eye_y + 0.36), (0.045, 0.07), 12)):
            canvas.fill(half, GOLD, front=False)
    if person.bow:
        x, y, tone = 0.45, -0.95 - 0.5 * look.hair, (150, 90, 235)
        for side in (-1.0, 1.0):
            wing = np.array([[x, y], [x + side * 0.26, y - 0.14], [x + side * 0.26, y + 0.14]])
            canvas.fill(wing, tone, front=False)
        canvas.fill(ellipse((x, y), (0.06, 0.07), 12), mix(tone, BLACK, 0.2), front=False)
