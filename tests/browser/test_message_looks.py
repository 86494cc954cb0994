"""Messages of every kind as a reader sees them: in a narrow and a wide window, light and dark, with
a table, code, headings and long words. Nothing is cut off, and all of it can be read.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser
from tests.browser.test_unsubscribe_page import FAINT

from communique import declared
from communique.declared import manuscript
from communique.domain.content import Variant, freeze
from communique.domain.mail import MessageIdentity
from communique.messages.catalog import sample, templates
from communique.messages.mime import plain_text
from communique.messages.render import prepare

SHIPPED = Path(__file__).parents[2]
MARKS = MessageIdentity(
    "abc@lists.example",
    "https://desk.example/u/1.2.abc",
    "bounce@desk.example",
    "https://desk.example/p/abc",
)
HARD = """

# Un grand titre

Un paragraphe avec `du code`, un lien
https://www.harfang.example/une/adresse/tres-longue-qui-ne-finit-pas-et-qui-continue-encore/longtemps
et Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft.

## Un tableau

| Société | Ville | Montant | Depuis |
|:--|:-:|--:|--:|
| Biologiques du Nord | Montréal | 1 200 000 $ | 2017 |
| Charles River Assays | Cambridge | 800 $ | 2019 |
| Institut de la très longue dénomination sociale | Québec | 12 $ | 2021 |

### Une liste

1. un
2. deux

#### Du code

```
une ligne de code beaucoup trop longue pour un téléphone, avec --des-options=et --encore=plus
```

> Une citation.
>
> — Quelqu’un
"""
# Whatever reaches past the right edge of the window, or can only be read by scrolling in it.
CUT_OFF = """() => [...document.body.querySelectorAll("*")]
  .filter(one => one.getClientRects().length && (
    one.getBoundingClientRect().right > innerWidth + 0.5 || one.scrollWidth > one.clientWidth + 1
      && getComputedStyle(one).overflowX === "auto"))
  .map(one => `${one.localName}.${one.className}: ${one.textContent.trim().slice(0, 60)}`)"""


def message(key: str, association: str, language: str, *, press: bool) -> str:
    """A sample release with all that is hard to lay out, as a member of an association gets it."""
    folder = SHIPPED / "templates"
    release = manuscript.read(SHIPPED / "releases" / key, folder)
    release = replace(
        release, editions=tuple(replace(one, body=one.body + HARD) for one in release.editions)
    )
    associations = declared.load(SHIPPED / "subscribers").associations
    content = freeze(release, associations, templates(folder, release.kind)).read()
    at = datetime(2019, 5, 30, 13, tzinfo=UTC)
    reader = sample(folder, release.kind, language)._replace(language=language)
    return plain_text(
        prepare(Variant(content, association, language, at, press)).render(reader, MARKS).html
    )


@pytest.mark.parametrize(
    ("key", "association", "language", "press"),
    [
        ("memorandum-2019", "bioquebec", "fr", True),
        ("boston-evening-2019", "massbio", "en", False),
        ("boston-welcome-2019", "bioquebec", "fr", False),
    ],
)
async def test_a_message_is_whole_and_legible_in_any_window(
    browser: Browser, key: str, association: str, language: str, press: bool
) -> None:
    page = await browser.new_page()
    try:
        await page.set_content(message(key, association, language, press=press))
        for width in (360, 800):
            await page.set_viewport_size({"width": width, "height": 900})
            for scheme in ("light", "dark"):
                await page.emulate_media(color_scheme=scheme)
                where = f"{width} px, {scheme}"
                assert await page.evaluate(CUT_OFF) == [], where
                assert await page.evaluate(FAINT) == [], where
    finally:
        await page.close()
