"""What eyes would find wrong, asked of a page in a real browser: contrast, overflow, small type, names of controls."""

from __future__ import annotations

from dataclasses import dataclass

from browser.chromium import Tab

LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3, level AA; held for large type too
LEAST_TARGET_PX = 24  # WCAG 2.2, 2.5.8, level AA: outside of running text
LEAST_TYPE_PX = 12

_CONTRAST = """
(() => {
  const parse = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
      .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const over = (top, under) => top.slice(0, 3).map((v, i) => v * top[3] + under[i] * (1 - top[3]));
  const ground = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      const style = getComputedStyle(each);
      if (style.backgroundImage !== "none") return null;
      layers.push(parse(style.backgroundColor));
      if (layers.at(-1)[3] === 1) break;
    }
    const canvas = matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
    return layers.reverse().reduce((under, layer) => over(layer, under), canvas);
  };
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.parentElement, words = node.data.trim();
    const range = document.createRange(); range.selectNodeContents(node);
    const seen = [...range.getClientRects()].some((box) => box.width > 0 && box.height > 0);
    if (!words || !seen || ["STYLE", "SCRIPT", "OPTION"].includes(element.tagName)) continue;
    const style = getComputedStyle(element), under = ground(element);
    const front = over(parse(style.color), under);
    const [high, low] = [light(front), light(under)].sort((a, b) => b - a);
    found.push({ words: words.slice(0, 60), contrast: (high + 0.05) / (low + 0.05), size: parseFloat(style.fontSize) });
  }
  return found;
})()
"""
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SMALL_TARGETS = f"""
[...document.querySelectorAll("a[href], button, input, select, textarea")]
  .filter((each) => getComputedStyle(each).display !== "inline" && !each.closest(".choice"))
  .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
  .filter(([, box]) => box.height > 0 && (box.height < {LEAST_TARGET_PX} || box.width < {LEAST_TARGET_PX}))
  .map(([html]) => html)
"""
_UNNAMED = """
[...document.querySelectorAll("input, select, textarea, button, a[href], img")]
  .filter((each) => each.type !== "hidden")
  .filter((each) => !(each.labels?.length || each.textContent.trim() || each.getAttribute("aria-label")
    || each.hasAttribute("alt")))
  .map((each) => each.outerHTML.slice(0, 80))
"""


@dataclass(frozen=True)
class Seen:
    """One run of text: its first words, its contrast to what is under it, its size in CSS pixels."""

    words: str
    contrast: float
    size: float


def read_texts(tab: Tab) -> list[Seen]:
    """Every text that can be seen."""
    return [Seen(**each) for each in tab.evaluate(_CONTRAST)]


def find_faults(tab: Tab) -> list[str]:
    """What is wrong with the page as it stands; [] for nothing."""
    texts = read_texts(tab)
    faults = [f"contrast {each.contrast:.2f}: {each.words}" for each in texts if each.contrast < LEAST_CONTRAST]
    faults += [f"type of {each.size} px: {each.words}" for each in texts if each.size < LEAST_TYPE_PX]
    if (wide := tab.evaluate(_OVERFLOW)) > 0:
        faults.append(f"{wide} px wider than the window")
    faults += [f"small target: {each}" for each in tab.evaluate(_SMALL_TARGETS)]
    faults += [f"without a name: {each}" for each in tab.evaluate(_UNNAMED)]
    faults += [f"console: {each}" for each in tab.said]
    if not texts:
        faults.append("nothing can be seen")
    return faults
