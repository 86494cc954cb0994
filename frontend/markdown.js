// A text in Markdown as one writes it: its headings and marks seen at once, and a few keys. The
// textarea stays the field; this is put in its place, and keeps it.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { Language, defineLanguageFacet, syntaxHighlighting } from "@codemirror/language";
import { EditorSelection, EditorState } from "@codemirror/state";
import { Decoration, EditorView, MatchDecorator, ViewPlugin, keymap } from "@codemirror/view";
import { tagHighlighter, tags } from "@lezer/highlight";
import { parser } from "@lezer/markdown";

const markdown = new Language(defineLanguageFacet(), parser, [], "markdown");
const seen = tagHighlighter([
  { tag: tags.heading, class: "md-heading" },
  { tag: tags.strong, class: "md-strong" },
  { tag: tags.emphasis, class: "md-emphasis" },
  { tag: [tags.link, tags.url], class: "md-link" },
  { tag: tags.processingInstruction, class: "md-mark" },
]);

// What is put in for each reader: {{ subscriber.name }}, {% if … %}.
const names = new MatchDecorator({ regexp: /\{\{.*?\}\}|\{%.*?%\}/g, decoration: Decoration.mark({ class: "md-name" }) });
const named = ViewPlugin.fromClass(
  class {
    constructor(view) { this.decorations = names.createDeco(view); }
    update(update) { this.decorations = names.updateDeco(update, this.decorations); }
  },
  { decorations: (plugin) => plugin.decorations },
);

// Put marks around what is chosen, or take them away again.
const around = (left, right = left) => (view) => {
  const change = view.state.changeByRange((range) => {
    const { from, to } = range;
    const doc = view.state.doc;
    const there = doc.sliceString(from - left.length, from) === left && doc.sliceString(to, to + right.length) === right;
    if (there) {
      return {
        changes: [{ from: from - left.length, to: from }, { from: to, to: to + right.length }],
        range: EditorSelection.range(from - left.length, to - left.length),
      };
    }
    return {
      changes: [{ from, insert: left }, { from: to, insert: right }],
      range: EditorSelection.range(from + left.length, to + left.length),
    };
  });
  view.dispatch(view.state.update(change, { userEvent: "input", scrollIntoView: true }));
  return true;
};

const link = (view) => {
  const { from, to } = view.state.selection.main;
  const text = view.state.sliceDoc(from, to);
  const made = `[${text}](https://)`;
  const at = text ? from + made.length - 1 : from + 1;
  view.dispatch({ changes: { from, to, insert: made }, selection: { anchor: at }, userEvent: "input", scrollIntoView: true });
  return true;
};

export function written(area, nonce, save) {
  const label = document.querySelector(`label[for="${area.id}"]`);
  if (label) label.id ||= `${area.id}-label`;
  const id = area.id;
  const attributes = { id, lang: area.lang, spellcheck: "true", autocapitalize: "sentences", "aria-multiline": "true" };
  if (label) attributes["aria-labelledby"] = label.id;
  const view = new EditorView({
    state: EditorState.create({
      doc: area.value,
      extensions: [
        EditorView.cspNonce.of(nonce),
        keymap.of([
          { key: "Mod-b", run: around("**") },
          { key: "Mod-i", run: around("*") },
          { key: "Mod-k", run: link },
          { key: "Mod-s", run: () => { save(); return true; } },
          { key: "Mod-Enter", run: () => true }, // asks for approval, and is no line
        ]),
        history(),
        keymap.of([...defaultKeymap, ...historyKeymap]), // Tab goes on to the next field
        EditorView.lineWrapping,
        markdown,
        syntaxHighlighting(seen),
        named,
        EditorView.contentAttributes.of(attributes),
        EditorView.editorAttributes.of({ class: "input markdown" }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          area.value = update.state.doc.toString();
          area.dispatchEvent(new Event("input", { bubbles: true }));
        }),
      ],
    }),
  });
  area.id = `${id}-source`;
  area.hidden = true;
  area.after(view.dom);
  if (label) label.addEventListener("click", () => view.focus());
  area.addEventListener("put-back", () => {
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: area.value } });
  });
  view.contentDOM.addEventListener("show-line", (event) => {
    const line = view.state.doc.line(Math.min(event.detail, view.state.doc.lines));
    view.dispatch({ selection: { anchor: line.from }, scrollIntoView: true });
  });
}
