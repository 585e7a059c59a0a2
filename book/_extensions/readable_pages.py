"""Mends what the theme and its extensions write into pages: labels and roles, scripts that hold up the first paint."""

import re

# In the HTML of a page's text: what is wrong with it -> what it is instead.
MENDED = {
    # The name of a thing that is clicked is what it shows.
    r'<summary aria-label="Toggle hidden content">': "<summary>",
    # Roles that no screen reader knows any more, on elements that may not have them.
    r' role="doc-biblioentry"': "",
    r'<div role="list" class="citation-list">': '<div class="citation-list">',
    # A full stop or a comma stays on the line of its formula.
    r'[(“]?<span class="math notranslate nohighlight">[^<]*</span>[).,;:?!’”]+': r'<span class="no-break">\g<0></span>',
    # A heading without words is none.
    r"<th( class=\"[^\"]*\")?><p></p></th>": r"<td\1></td>",
}
# Neither is used: a kernel far away, and the page's name for a list of versions.
UNUSED = ("thebe", "DOCUMENTATION_OPTIONS.")


def mend(app, pagename, templatename, context, doctree):
    """Mends the text of a page, and lets it be seen before its scripts have run."""
    for wrong, right in MENDED.items():
        context["body"] = re.sub(wrong, right, context.get("body", ""))
    context["script_files"] = [script for script in context["script_files"] if not _is_unused(script)]
    context["css_files"] = [style for style in context["css_files"] if not _is_unused(style)]
    for script in filter(lambda script: script.filename, context["script_files"]):
        # The search and the indices run scripts of their own at once, and those need the ones of the list.
        if templatename == "page.html":
            script.attributes["defer"] = "defer"
        else:
            script.attributes.pop("defer", None)


def _is_unused(asset) -> bool:
    described = f"{asset.filename} {asset.attributes}"
    return any(word in described for word in UNUSED)


def setup(app):
    # After every extension that adds scripts.
    app.connect("html-page-context", mend, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
