import type { StoredConversation } from '../store/stored-conversation.ts'
import { conversationToCsv } from './csv.ts'
import { conversationToEmotionMl } from './emotionml.ts'
import { conversationToJsonl } from './json.ts'
import { conversationToRttm } from './rttm.ts'
import { conversationToWebVtt } from './webvtt.ts'

export const EXPORT_FORMATS = ['jsonl', 'webvtt', 'csv', 'emotionml', 'rttm'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export interface ExportWriter {
  readonly mediaType: string
  /** Of a file of it, without the dot. */
  readonly extension: string
  readonly write: (conversation: StoredConversation) => string
}

/** What a conversation can be written as. */
export const EXPORTS: Readonly<Record<ExportFormat, ExportWriter>> = {
  jsonl: { mediaType: 'application/x-ndjson', extension: 'jsonl', write: conversationToJsonl },
  webvtt: { mediaType: 'text/vtt', extension: 'vtt', write: conversationToWebVtt },
  csv: { mediaType: 'text/csv', extension: 'csv', write: conversationToCsv },
  emotionml: { mediaType: 'application/emotionml+xml', extension: 'xml', write: conversationToEmotionMl },
  rttm: { mediaType: 'text/plain', extension: 'rttm', write: conversationToRttm },
}
