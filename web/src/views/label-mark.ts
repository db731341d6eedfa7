import { h, setText, type View } from '../dom.ts'
import { emotionName, emotionSign } from '../look/emotions.ts'

/** A label as its sign in its colour and its word. */
export function createLabelMark(): View<string | undefined> {
  const sign = h('span', { class: 'sign', 'aria-hidden': 'true' })
  const name = h('span', { class: 'label-name' })
  const element = h('span', { class: 'label-mark' }, sign, name)
  return {
    element,
    update(label) {
      element.hidden = label === undefined
      if (label === undefined) return
      element.dataset.emotion = label
      setText(sign, emotionSign(label))
      setText(name, emotionName(label))
    },
  }
}
