"""The HTML page of one dataset: Great Expectations' statements in vaxwatch's templates.

Promises: uses the statements of the library's renderers, not their markup, styles or links; every
text is escaped.

Importing this takes seconds; `tasks.quality.run_quality` does so only when a table is judged.
"""

from string import Template
from typing import Any, cast

from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.render.components import RenderedDocumentContent
from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
from great_expectations.render.view.view import DefaultJinjaPageView
from jinja2 import StrictUndefined

from tasks.quality.data_docs import TEMPLATES
from tasks.quality.docs_pages import DatasetPage


def dataset_html(page: DatasetPage, result: ExpectationSuiteValidationResult | None) -> bytes:
    """Return the page of a dataset as HTML.

    `result`: Great Expectations' result, whose statements are shown word for word; None when
    nothing could be judged.
    """
    renderer: Any = ValidationResultsPageRenderer()
    view: Any = DefaultJinjaPageView(custom_views_directory=str(TEMPLATES))
    view.env.filters["plain"] = plain
    view.env.trim_blocks = True
    view.env.undefined = StrictUndefined
    empty = RenderedDocumentContent(sections=[])
    content = empty if result is None else renderer.render(result)
    html: str = view.render(content, template="vaxwatch_dataset.html", page=page, root="../")
    return html.encode()


def plain(content: Any) -> str:
    """Return the content of a Great Expectations renderer as text without markup.

    >>> plain({"string_template": {"template": "at least $least", "params": {"least": 5}}})
    'at least 5'
    """
    if isinstance(content, list):
        return " ".join(plain(part) for part in cast("list[Any]", content))
    if not isinstance(content, dict):
        return str(content)
    block = cast("dict[str, Any]", content)
    if "string_template" not in block:
        return plain(block.get("header", ""))
    template: dict[str, Any] = block["string_template"]
    params = {name: plain(value) for name, value in template.get("params", {}).items()}
    return Template(template["template"]).safe_substitute(params)
