"""A canvas in the head's coordinates, which applies the pose."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.demo.traits import Colour, Shot

Points = npt.NDArray[np.float64]  # (n, 2): x to the right, y down, in half heads.
SIDE = 816  # Height and width of the aligned faces of Adience, in pixels.
DRAWN = 408  # Height and width at which shapes are drawn, before they are scaled up.
SUBPIXEL = 4  # Bits of OpenCV's fixed-point coordinates.
DEPTH = 0.62  # Distance of the face's front from its outline, over its half width.


def ellipse(centre: tuple[float, float], radii: tuple[float, float], n: int = 40) -> Points:
    """Points of an upright ellipse."""
    return arc(centre, radii, (0.0, 360.0), n)


def arc(
    centre: tuple[float, float],
    radii: tuple[float, float],
    degrees: tuple[float, float],
    n: int = 24,
) -> Points:
    """Points of an ellipse's arc; 0 degrees is right, 90 is down."""
    angles = np.deg2rad(np.linspace(*degrees, n))
    return np.stack(
        [centre[0] + radii[0] * np.cos(angles), centre[1] + radii[1] * np.sin(angles)], axis=1
    )


def mirrored(points: Points) -> tuple[Points, Points]:
    """The points, and their mirror image on the other side of the face."""
    return points, points * (-1.0, 1.0)


class Canvas:
    """An image under construction.

    Args:
      shot: pose of the head.
      half_width: of the head, in half heads; determines how points on the front move with the
        turn.
    """

    def __init__(self, shot: Shot, half_width: float) -> None:
        self.image: npt.NDArray[np.uint8] = np.zeros((DRAWN, DRAWN, 3), np.uint8)
        self.half_width = half_width
        self._turn = np.deg2rad(shot.turn)
        lean, zoom = np.deg2rad(shot.lean), shot.scale * DRAWN
        self._matrix = zoom * np.array(
            [[np.cos(lean), np.sin(lean)], [-np.sin(lean), np.cos(lean)]]
        )
        self._origin = np.multiply(shot.centre, DRAWN)
        self._zoom = zoom

    def on_face(self, points: Points) -> Points:
        """Positions of points on the face's front after the turn (orthographic ellipsoid)."""
        x, y = points[:, 0], points[:, 1]
        depth = np.sqrt(np.clip(1.0 - (x / self.half_width) ** 2, 0.0, 1.0))
        depth = depth * DEPTH * self.half_width * np.sqrt(np.clip(1.1 - y**2, 0.1, 1.0))
        return np.stack([x * np.cos(self._turn) + depth * np.sin(self._turn), y], axis=1)

    def fill(self, points: Points, colour: Colour, *, front: bool = True) -> None:
        """Fill a polygon; `front` turns it with the face."""
        cv2.fillPoly(self.image, [self._pixels(points, front)], colour, cv2.LINE_AA, SUBPIXEL)

    def stroke(self, points: Points, colour: Colour, width: float, *, front: bool = True) -> None:
        """Draw an open line; `width` in half heads."""
        thickness = max(1, round(width * self._zoom))
        pixels = self._pixels(points, front)
        cv2.polylines(self.image, [pixels], False, colour, thickness, cv2.LINE_AA, SUBPIXEL)

    def veil(self, shapes: Sequence[Points], colour: Colour, share: float, soft: float) -> None:
        """Blend a colour over shapes of the face; `soft` is the blur of the edge, in half heads."""
        if share <= 0.0:
            return
        mask = np.zeros((DRAWN, DRAWN), np.uint8)
        for points in shapes:
            cv2.fillPoly(mask, [self._pixels(points, True)], 255, cv2.LINE_8, SUBPIXEL)
        small = cv2.resize(mask, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), max(soft * self._zoom / 4, 0.3))
        mask = cv2.resize(small, (DRAWN, DRAWN), interpolation=cv2.INTER_LINEAR)
        weight = mask[..., None].astype(np.float32) * np.float32(share / 255.0)
        mixed = self.image + (np.array(colour, np.float32) - self.image) * weight
        self.image = np.clip(mixed, 0, 255).astype(np.uint8)

    def soften(self, width: float) -> None:
        """Blur the image; `width` in half heads."""
        self.image = np.asarray(cv2.GaussianBlur(self.image, (0, 0), width * self._zoom), np.uint8)

    def _pixels(self, points: Points, front: bool) -> npt.NDArray[np.int32]:
        positions = (self.on_face(points) if front else points) @ self._matrix + self._origin
        pixels: npt.NDArray[np.int32] = np.rint(positions * (1 << SUBPIXEL)).astype(np.int32)
        return pixels
