export interface VoiceSpan {
  /** Undefined: whoever spoke last. */
  readonly speaker: string | undefined
  /** Without tags, character references resolved, white space joined. */
  readonly text: string
}

const REFERENCES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  lrm: '\u200E',
  rlm: '\u200F',
}

/** What each voice says in a cue's payload: `<v Ana>Yes.</v> <v.loud Ben>No!` are two spans. */
export function voiceSpans(payload: string): VoiceSpan[] {
  const pieces = payload.split(/<v(?:\.[^\s>]*)?[ \t\n]+([^>]*)>/)
  const spans: VoiceSpan[] = [{ speaker: undefined, text: plain(pieces[0]!) }]
  for (let i = 1; i < pieces.length; i += 2) {
    spans.push({ speaker: plain(pieces[i]!) || undefined, text: plain(pieces[i + 1]!) })
  }
  return spans
}

function plain(text: string): string {
  return text
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(#x[0-9a-f]+|#\d+|[a-z]+);/gi, (whole, name: string) => {
      if (!name.startsWith('#')) return REFERENCES[name.toLowerCase()] ?? whole
      const code = name[1]?.toLowerCase() === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    })
    .replaceAll(/\s+/g, ' ')
    .trim()
}
