"""Traits of drawn faces: tables by age class, and identities and shots sampled from them.

Lengths are in half heads: the crown is at y = -1, the chin at y = +1, the centre at (0, 0).
"""

from typing import NamedTuple

import numpy as np

Colour = tuple[float, float, float]  # Blue, green, red, 0 to 255, as OpenCV orders them.


class Look(NamedTuple):
    """The features that depend on the age."""

    width: float  # Half width of the head.
    jaw: float  # 0 pointed to 1 square.
    eye_y: float  # Vertical position of the eyes; low for babies.
    eye: float  # Half width of an eye.
    nose: float  # Length of the nose.
    lips: float  # Half height of the closed mouth.
    hair: float  # Thickness of the hair above the crown.
    hairline: float  # Vertical position of the hairline.
    cover: float  # Opacity of the hair, 0 to 1.
    grey: float  # Share of grey, 0 to 1.
    lines: float  # Strength of the wrinkles, 0 to 1.
    sag: float  # Strength of jowls and bags under the eyes, 0 to 1.
    blush: float  # Red of the cheeks, 0 to 1.
    shoulders: float  # Half width of the shoulders.
    neck: float  # Half width of the neck over that of the head.


# One line for each class, in order of age: 0-2, 4-6, 8-12, 15-20, 25-32, 38-43, 48-53, 60-100.
LOOKS = (
    Look(1.00, 0.90, 0.35, 0.210, 0.12, 0.060, 0.02, -0.78, 0.30, 0.00, 0.00, 0.0, 1.0, 0.92, 0.40),
    Look(0.93, 0.75, 0.25, 0.185, 0.16, 0.060, 0.12, -0.30, 1.00, 0.00, 0.00, 0.0, 0.8, 1.06, 0.42),
    Look(0.86, 0.60, 0.15, 0.158, 0.21, 0.065, 0.20, -0.46, 1.00, 0.00, 0.00, 0.0, 0.3, 1.25, 0.45),
    Look(0.78, 0.34, 0.07, 0.135, 0.27, 0.085, 0.34, -0.53, 1.00, 0.00, 0.00, 0.0, 0.0, 1.50, 0.50),
    Look(0.73, 0.58, -0.02, 0.110, 0.32, 0.085, 0.18, -0.60, 1.0, 0.00, 0.00, 0.0, 0.0, 1.85, 0.62),
    Look(0.79, 0.78, -0.06, 0.100, 0.36, 0.068, 0.11, -0.68, 1.0, 0.10, 0.62, 0.6, 0.0, 2.10, 0.70),
    Look(0.85, 0.96, -0.08, 0.095, 0.39, 0.054, 0.09, -0.75, 1.0, 0.72, 0.90, 1.0, 0.0, 2.15, 0.72),
    Look(0.74, 0.60, -0.12, 0.086, 0.43, 0.038, 0.04, -0.82, 0.80, 1.0, 1.0, 1.0, 0.1, 1.70, 0.56),
)
# Standard deviation of each feature between people of one age.
LOOK_SPREAD = Look(
    0.015, 0.05, 0.018, 0.006, 0.02, 0.006, 0.02, 0.025, 0.04, 0.05, 0.06, 0.08, 0.1, 0.06, 0.03
)
LOOK_SHARES = ("jaw", "cover", "grey", "lines", "sag", "blush")  # Within 0 to 1.
STAGE_SPREAD = 0.17  # Standard deviation of the apparent age, in classes.

SKINS: tuple[Colour, ...] = (
    (190, 208, 244), (170, 194, 238), (150, 180, 230), (130, 164, 218),
    (106, 142, 204), (84, 120, 184), (62, 94, 156), (48, 72, 126),
)  # fmt: skip
HAIRS: tuple[Colour, ...] = (
    (28, 26, 26), (34, 40, 52), (36, 56, 84), (50, 84, 124), (96, 146, 190), (42, 70, 140),
)  # fmt: skip
DARK_SKIN = 5  # From this skin on, hair has one of the first two colours.
IRISES: tuple[Colour, ...] = ((40, 60, 90), (30, 40, 56), (150, 120, 80), (90, 130, 90))
CLOTHES: tuple[Colour, ...] = (
    (150, 90, 60), (60, 60, 160), (90, 130, 80), (60, 60, 60),
    (210, 210, 205), (70, 150, 190), (140, 80, 130), (120, 120, 120),
)  # fmt: skip
GREY_HAIR: Colour = (222, 222, 222)


class GenderLook(NamedTuple):
    """The features that depend on the gender: a share or mean, by class if it changes."""

    long_hair: tuple[float, ...]  # Share with long hair.
    beard: tuple[float, ...]  # Share with a beard or stubble.
    makeup: tuple[float, ...]  # Mean strength of lip colour and lashes, 0 to 1.
    brow: tuple[float, ...]  # Half thickness of the brows.
    jaw: float  # Added to the jaw.
    neck: float  # Added to the neck.
    bald: tuple[float, ...]  # Share with bare crown.


GENDER_LOOKS = {
    "m": GenderLook(
        (0.0, 0.04, 0.04, 0.05, 0.04, 0.03, 0.02, 0.02),
        (0.0, 0.0, 0.0, 0.03, 0.88, 0.80, 0.70, 0.60),
        (0.0,) * 8,
        (0.014, 0.024, 0.030, 0.040, 0.046, 0.048, 0.050, 0.046),
        0.12,
        0.08,
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.02, 0.06, 0.70),
    ),
    "f": GenderLook(
        (0.10, 0.92, 0.94, 0.95, 0.94, 0.90, 0.85, 0.78),
        (0.0,) * 8,
        (0.15, 0.25, 0.35, 0.75, 0.9, 0.9, 0.85, 0.7),
        (0.012, 0.016, 0.018, 0.022, 0.022, 0.022, 0.020, 0.016),
        -0.08,
        -0.06,
        (0.0,) * 8,
    ),
}
GLASSES = (0.0, 0.03, 0.10, 0.12, 0.14, 0.16, 0.28, 0.45)  # Share with glasses, by class.
BOW = 0.6  # Share of the girls of the two youngest classes with a bow.
YOUNG, CHILD = 1, 2  # Last class with a bow; last class without jewels.


class Identity(NamedTuple):
    """A person: the same in all of their photos."""

    look: Look
    female: bool
    skin: Colour
    hair: Colour
    iris: Colour
    cloth: Colour
    long_hair: float  # 0 short, else the y of its ends.
    parting: float  # Side of the parting, -0.4 to 0.4.
    waves: float  # Depth of the waves of the hair's edge.
    bald: bool
    beard: float  # 0 none, 0.3 stubble, 1 full.
    makeup: float
    brow: float
    gap: float  # Distance of an eye from the centre, over the head's half width.
    nose_width: float
    spots: tuple[tuple[float, float], ...]  # Positions of moles, pimples and age spots.
    glasses: bool
    earrings: bool
    bow: bool


class Shot(NamedTuple):
    """The properties of one photo."""

    yaw: int  # Degrees as labelled; a multiple of 15; positive turns to the image's right.
    tilt: int  # Degrees as labelled: tilt in the photo, mostly removed by the alignment.
    score: int  # As labelled: quality of the landmarks; low for blurred and turned faces.
    box: tuple[int, int, int, int]  # As labelled: left, top, width, height in the whole photo.
    turn: float  # Drawn degrees.
    lean: float  # Drawn degrees, clockwise.
    scale: float  # Half head over the picture's side.
    centre: tuple[float, float]  # Centre of the head over the picture's side.
    smile: float  # -0.3 to 1.
    light: tuple[float, float, float]  # Direction (x, y) and strength.
    exposure: float
    warmth: float
    background: tuple[Colour, Colour]
    blur: float  # Standard deviation over the picture's side.
    grain: float  # Standard deviation in grey levels.


YAWS = ((0, 0.70), (15, 0.06), (-15, 0.05), (30, 0.10), (-30, 0.04), (45, 0.025), (-45, 0.025))
TILTS = ((0, 0.72), (-90, 0.22), (180, 0.06))  # Landscape, portrait and upside-down cameras.


def at_class(values: tuple[float, ...], stage: float) -> float:
    """Interpolate a table over the eight classes; `stage` 0 is the middle of 0-2, 7 of 60-100."""
    return float(np.interp(stage, np.arange(len(values)), values))


def sample_look(rng: np.random.Generator, stage: float, spread: float) -> Look:
    """Sample a face's features at `stage` (0 to 7), with `spread` times `LOOK_SPREAD`."""
    columns = zip(Look._fields, zip(*LOOKS, strict=True), LOOK_SPREAD, strict=True)
    values = {
        name: at_class(column, stage) + spread * deviation * rng.standard_normal()
        for name, column, deviation in columns
    }
    values |= {name: float(np.clip(values[name], 0.0, 1.0)) for name in LOOK_SHARES}
    return Look(**values)


def sample_identity(
    rng: np.random.Generator, age: int, gender: str, spread: float = 1.0
) -> Identity:
    """Sample a person of class `age` (0 to 7) and `gender`; `spread` scales the noise."""
    stage = age + spread * STAGE_SPREAD * float(np.clip(rng.standard_normal(), -2.5, 2.5))
    table = GENDER_LOOKS[gender]
    look = sample_look(rng, stage, spread)
    look = look._replace(
        jaw=float(np.clip(look.jaw + table.jaw, 0.0, 1.2)), neck=look.neck + table.neck
    )
    skin = int(rng.integers(len(SKINS)))
    hair = HAIRS[int(rng.integers(2 if skin >= DARK_SKIN else len(HAIRS)))]
    tone = rng.normal(1.0, 0.03)
    female = gender == "f"
    return Identity(
        look=look,
        female=female,
        skin=mix(SKINS[skin], SKINS[skin], 0.0, tone),
        hair=mix(hair, GREY_HAIR, look.grey),
        iris=IRISES[int(rng.integers(len(IRISES)))],
        cloth=CLOTHES[int(rng.integers(len(CLOTHES)))],
        long_hair=rng.uniform(0.7, 1.6) * (rng.random() < at_class(table.long_hair, stage)),
        parting=rng.uniform(-0.4, 0.4),
        waves=rng.uniform(0.0, 0.05),
        bald=bool(rng.random() < at_class(table.bald, stage)),
        beard=rng.choice((0.3, 0.55, 1.0)) * (rng.random() < at_class(table.beard, stage)),
        makeup=float(np.clip(at_class(table.makeup, stage) + 0.15 * rng.standard_normal(), 0, 1)),
        brow=at_class(table.brow, stage) * rng.uniform(0.8, 1.2),
        gap=rng.normal(0.43, 0.015),
        nose_width=rng.normal(0.12 if female else 0.145, 0.012),
        spots=sample_spots(rng, stage),
        glasses=bool(rng.random() < at_class(GLASSES, stage)),
        earrings=bool(female and age > CHILD and rng.random() < 0.6),
        bow=bool(female and age <= YOUNG and rng.random() < BOW),
    )


def sample_spots(rng: np.random.Generator, stage: float) -> tuple[tuple[float, float], ...]:
    """Positions on the face, over its half width: pimples around 15-20, age spots from 60 on."""
    mean = at_class((0.1, 0.2, 0.8, 9.0, 0.8, 1.0, 3.0, 7.0), stage)
    return tuple(
        (float(rng.uniform(-0.75, 0.75)), float(rng.uniform(-0.5, 0.75)))
        for _ in range(int(rng.poisson(mean)))
    )


def sample_shot(rng: np.random.Generator) -> Shot:
    """Sample the pose, light and camera of one photo."""
    yaw = _pick(rng, YAWS)
    lean = 5 * int(np.clip(np.rint(rng.normal(0.0, 1.3)), -4, 4))
    blur = float(rng.gamma(2.0, 0.0011))
    first = np.clip(rng.uniform(40, 215) + rng.normal(0, 28, 3), 15, 240)
    second = np.clip(first + rng.normal(0, 35) + rng.normal(0, 20, 3), 15, 240)
    angle = rng.uniform(0, 2 * np.pi)
    return Shot(
        yaw=yaw,
        tilt=_pick(rng, TILTS) + lean,
        score=int(np.clip(rng.normal(105 - 6000 * blur - 0.6 * abs(yaw), 22), 5, 221)),
        box=_box(rng),
        turn=yaw + rng.uniform(-6, 6),
        lean=lean * 0.5 + rng.normal(0, 1.5),
        scale=0.275 * rng.normal(1.0, 0.03),
        centre=(0.5 + rng.normal(0, 0.012), 0.46 + rng.normal(0, 0.012)),
        smile=rng.uniform(-0.3, 1.0),
        light=(float(np.cos(angle)), float(np.sin(angle)), rng.uniform(0.0, 0.30)),
        exposure=float(np.exp(np.clip(rng.normal(-0.03, 0.11), -0.3, 0.15))),
        warmth=rng.normal(0.0, 0.05),
        background=(_colour(first), _colour(second)),
        blur=blur,
        grain=rng.uniform(2.0, 7.0),
    )


def mix(first: Colour, second: Colour, share: float, gain: float = 1.0) -> Colour:
    """Blend a `share` of the second colour into the first, times `gain`, within 0 to 255."""
    blended = np.multiply(first, 1.0 - share) + np.multiply(second, share)
    return _colour(np.clip(blended * gain, 0, 255))


def _colour(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Colour:
    blue, green, red = (float(value) for value in values)
    return blue, green, red


def _box(rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Position of the face in its photo; sizes as in the real files (median 510 pixels)."""
    size = int(np.clip(rng.lognormal(6.2, 0.45), 120, 1600))
    left, top = (int(value) for value in rng.integers(0, (2400, 1200)))
    return left, top, size, size + int(rng.integers(-1, 2))


def _pick(rng: np.random.Generator, table: tuple[tuple[int, float], ...]) -> int:
    values, weights = zip(*table, strict=True)
    return int(values[int(rng.choice(len(values), p=np.divide(weights, sum(weights))))])
