import type { PerModality } from '../../../src/conversation/modality.ts'

/** What people call the modalities. */
export const MODALITY_NAMES = { text: 'words', audio: 'voice', visual: 'face' } as const satisfies PerModality<string>
