"""A real browser for tests of pages: Debian's Chromium without a window, driven by Selenium."""

import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync")

# The least contrast (WCAG 2) between a text and what is behind it, and where.
CONTRAST = """
const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
const light = colour => numbers(colour).slice(0, 3).map(v => v / 255)
  .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const behind = element => {
  const colour = getComputedStyle(element).backgroundColor;
  return (numbers(colour)[3] ?? 1) === 1 ? colour : behind(element.parentElement);
};
let least = {contrast: Infinity};
for (const element of document.querySelectorAll("body, body *:not(script, option)")) {
  const texts = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
  if (!texts && element.tagName !== "BODY" && element.tagName !== "SELECT") continue;
  const pair = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
  const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
  if (contrast < least.contrast) least = {contrast, where: element.outerHTML.slice(0, 80)};
}
return least;
"""


def start():
    """A browser; the test is skipped where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs Selenium: pip install selenium")
    if not (CHROMIUM and DRIVER):
        missing, package = ("chromedriver", "chromium-driver") if CHROMIUM else ("a browser", "chromium")
        pytest.skip(f"needs {missing} (apt-get install {package})")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options, webdriver.ChromeService(DRIVER))


def seen_as(browser, width: int, scheme: str) -> None:
    """Let the screen be so wide, and light or dark."""
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia",
                            {"features": [{"name": "prefers-color-scheme", "value": scheme}]})


def complaints(browser) -> list[str]:
    """Errors and warnings that have come to the console since it was last asked."""
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
