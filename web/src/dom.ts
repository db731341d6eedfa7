/** Elements are made by these two functions alone: text is always a text node, never markup. */

export type Child = Node | string | undefined | null | false
type Value = string | number | boolean | undefined | ((event: Event) => void)
/** `onclick` and the like are listeners, `true` is an attribute without value, `false` and undefined leave it away. */
export type Attributes = Readonly<Record<string, Value>>

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  setAttributes(element, attributes)
  element.append(...children.filter(present))
  return element
}

const SVG = 'http://www.w3.org/2000/svg'

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag)
  setAttributes(element, attributes)
  element.append(...children.filter(present))
  return element
}

export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value)
    else if (value === undefined || value === false) element.removeAttribute(name)
    else element.setAttribute(name, value === true ? '' : String(value))
  }
}

/** Writes only what differs: a screen reader's live region says again what is written again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/** A length that style sheets read; the content security policy lets no `style` attribute pass. */
export function setVariable(element: HTMLElement | SVGElement, name: `--${string}`, value: string): void {
  if (element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value)
}

/** What is drawn of something, and how it is brought up to date. */
export interface View<T, E extends Element = HTMLElement> {
  readonly element: E
  update(now: T): void
}

/**
 * Brings the children of `parent` in line with `items`: one view for each key, made once, updated where its item is not
 * the same as before (by `same`; without it, the same object), moved and removed as needed. Focus and scroll positions stay.
 */
export function createKeyedList<T>(
  parent: Element,
  options: {
    key: (item: T) => string
    create: (item: T) => View<T, Element>
    same?: (before: T, now: T) => boolean
  },
): (items: readonly T[]) => void {
  const { same = Object.is } = options
  const shown = new Map<string, { view: View<T, Element>; item: T }>()
  return (items) => {
    const keys = new Set(items.map(options.key))
    for (const [key, { view }] of shown)
      if (!keys.has(key)) {
        view.element.remove()
        shown.delete(key)
      }
    let before = parent.firstElementChild
    for (const item of items) {
      const key = options.key(item)
      const known = shown.get(key)
      const view = known?.view ?? options.create(item)
      if (known === undefined || !same(known.item, item)) view.update(item)
      shown.set(key, { view, item })
      if (view.element === before) before = view.element.nextElementSibling
      else parent.insertBefore(view.element, before)
    }
  }
}

const present = (child: Child): child is Node | string => child !== undefined && child !== null && child !== false
