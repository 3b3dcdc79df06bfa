"""How somebody uses a page: with a pointer, or by keys alone."""

from __future__ import annotations

from typing import Protocol

from playwright.sync_api import Locator, Page, expect

# The longest way by keys through a page of these journeys is shorter.
MOST_KEYS = 120
IS_FOCUSED = "one => one === document.activeElement"


class Hands(Protocol):
    def press(self, target: Locator) -> None: ...
    def write(self, target: Locator, text: str) -> None: ...
    def choose(self, target: Locator, label: str) -> None: ...
    def turn_to(self, tab: Locator) -> None: ...


class Pointer:
    def press(self, target: Locator) -> None:
        target.click()

    def write(self, target: Locator, text: str) -> None:
        target.fill(text)

    def choose(self, target: Locator, label: str) -> None:
        target.select_option(label=label)

    def turn_to(self, tab: Locator) -> None:
        tab.click()


class Keys:
    """Tab, Enter, arrows and letters. What can't be reached in this way fails."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, target: Locator) -> None:
        self.reach(target)
        self.page.keyboard.press("Enter")

    def write(self, target: Locator, text: str) -> None:
        self.reach(target)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, target: Locator, label: str) -> None:
        self.reach(target)
        self.page.keyboard.type(label)

    def turn_to(self, tab: Locator) -> None:
        self.reach(self.page.get_by_role("tab", selected=True))
        for _ in range(MOST_KEYS):
            if tab.evaluate(IS_FOCUSED):
                return
            self.page.keyboard.press("ArrowRight")
        raise AssertionError(f"no arrow leads to {tab}")

    def reach(self, target: Locator) -> None:
        """Move the focus there; it is to be seen where it is."""
        expect(target).to_be_visible()
        for _ in range(MOST_KEYS):
            if target.evaluate(IS_FOCUSED):
                return
            self.page.keyboard.press("Tab")
            lost = self.page.evaluate("document.activeElement === null")
            assert not lost, "the focus is nowhere"
        raise AssertionError(f"no Tab leads to {target}")
