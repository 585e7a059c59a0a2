"""A Content-Security-Policy in every page: nothing is fetched from, sent to or run from anywhere but this site.

Scripts that the theme writes into a page itself are allowed by their sha256 sums, read from the finished pages, so that
a script which anything else slips in does not run. The policy is the same from http:// and from file://.
"""

import base64
import hashlib
import re
from pathlib import Path

DIRECTIVES = {
    "default-src": ["'none'"],
    # WebAssembly is how Python runs in the browser.
    "script-src": ["'self'", "'wasm-unsafe-eval'"],
    # MathJax writes its styles into the page.
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "worker-src": ["'self'"],
    "object-src": ["'none'"],
    "base-uri": ["'self'"],
    "form-action": ["'self'"],
}
_INLINE = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)
_META = re.compile(r'<meta http-equiv="Content-Security-Policy" content="[^"]*" ?/?>\n?')


def policy(page: str) -> str:
    """The policy of a page, given its HTML."""
    allowed = {name: list(sources) for name, sources in DIRECTIVES.items()}
    allowed["script-src"] += sorted({f"'sha256-{_sum(script)}'" for script in _INLINE.findall(page)})
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in allowed.items())


def guarded(page: str) -> str:
    """The page with its policy, before anything that the policy is about; an old one is replaced."""
    page = _META.sub("", page)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(page)}">\n'
    # A page without a head, such as one that only leads to another, begins with it.
    head = re.search(r"<head\b[^>]*>\s*(<meta charset[^>]*>\s*)?", page)
    place = head.end() if head else 0
    return page[:place] + meta + page[place:]


def guard_pages(app, exception):
    """Writes the policy into every page of the finished site."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for path in out.rglob("*.html"):
        if "_static" not in path.relative_to(out).parts:
            path.write_text(guarded(path.read_text(encoding="utf-8")), encoding="utf-8")


def _sum(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def setup(app):
    # After everything else that writes or changes pages.
    app.connect("build-finished", guard_pages, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
