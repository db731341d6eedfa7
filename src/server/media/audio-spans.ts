/** Where in a participant's time sound came; between these spans it did not. Places are samples. */
export interface AudioSpans {
  /** Sound from `from` to `to`, not before what was added before. */
  add(from: number, to: number): void
  /** How many of the samples from `from` to `to` came. */
  within(from: number, to: number): number
  forgetBefore(place: number): void
}

export function createAudioSpans(): AudioSpans {
  let spans: { readonly from: number; to: number }[] = []
  return {
    add(from, to) {
      const last = spans.at(-1)
      if (last?.to === from) last.to = to
      else spans.push({ from, to })
    },
    within(from, to) {
      return spans.reduce((sum, span) => sum + Math.max(0, Math.min(span.to, to) - Math.max(span.from, from)), 0)
    },
    forgetBefore(place) {
      if (spans.length > 0 && spans[0]!.to <= place) spans = spans.filter((span) => span.to > place)
    },
  }
}
