// Elements are created here and nowhere else. Texts become text nodes: no value is ever read as
// markup.

/** What an element contains; what is absent is left out. */
export type Child = Node | string | undefined | false;

type Attributes = Readonly<
  Record<string, string | number | boolean | undefined | ((event: Event) => void)>
>;

/** Creates an element. A function is a listener of the event that its attribute is named after; true
 * is an attribute without a value; undefined and false are none. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') created.addEventListener(name, value);
    else if (value !== undefined && value !== false)
      created.setAttribute(name, value === true ? '' : String(value));
  }
  created.append(...present(children));
  return created;
}

/** Replaces all that an element contains. */
export function fill(target: Element, ...children: readonly Child[]): void {
  target.replaceChildren(...present(children));
}

/** A button that does something. */
export function button(
  label: string,
  attributes: Attributes & { click: (event: Event) => void },
): HTMLButtonElement {
  return element('button', { type: 'button', ...attributes }, label);
}

/** The element of the page with this id. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

function present(children: readonly Child[]): (Node | string)[] {
  return children.filter((child) => child !== undefined && child !== false);
}
