// What scripts say, in the language in which it is written. Another language's catalogue comes before this script, where
// it comes at all: a page whose catalogue was lost speaks English, and works.
"use strict";

window.gettext ??= (text) => text;
window.pgettext ??= (context, text) => text;
window.ngettext ??= (one, many, count) => (count === 1 ? one : many);
window.interpolate ??= (text, values) => text.replace(/%\((\w+)\)s/g, (whole, name) => String(values[name]));
