"""The curated TFDV schema under another age class table: only what names its classes changes."""

import re

from schemas.labels.classes import ADIENCE8, UNKNOWN, AgeClass

_VALUES = re.compile(r'(string_domain {\n  name: "age"\n)(?:  value: "[^"\n]*"\n)+')
_BOUND = re.compile(r'(name: "age_class"\n.*?int_domain { min: -1 max: )[0-9]+', re.DOTALL)


def fit_schema(text: str, classes: tuple[AgeClass, ...]) -> str:
    """The text of `faces.pbtxt` with the names and the number of the age classes of a table.

    It is written for Adience's eight classes, under which every byte stays.
    """
    if classes == ADIENCE8:
        return text
    names = [*(age.name for age in classes), UNKNOWN]
    values = "".join(f'  value: "{name}"\n' for name in names)
    text, domains = _VALUES.subn(lambda match: match[1] + values, text)
    text, bounds = _BOUND.subn(lambda match: f"{match[1]}{len(classes) - 1}", text)
    if (domains, bounds) != (1, 1):
        raise ValueError(
            f"schemas/tfdv/faces.pbtxt has {domains} age domains and {bounds} bounds of age_class, "
            "expected one of each; write them as they stand in the repository."
        )
    return text
