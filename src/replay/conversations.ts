import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Conversation, Split } from '../conversation/conversation.ts'
import { readConversations } from '../datasets/read-conversations.ts'
import { EmographError } from '../errors.ts'
import type { TargetModel } from './target.ts'

export interface ConversationChoice {
  /** Files of conversations; in any format of docs/formats.md. */
  readonly files: readonly string[]
  /** Only these, in this order; all when empty. */
  readonly ids: readonly string[]
  readonly split?: Split | undefined
}

/**
 * The conversations that were asked for, with the feature columns that the model takes.
 *
 * @throws EMO_CONVERSATION_UNKNOWN, EMO_DATA_EMPTY, and what the readers throw
 */
export async function chooseConversations(choice: ConversationChoice, model: TargetModel): Promise<Conversation[]> {
  const { files, ids, split } = choice
  const { audio: audioColumns, visual: visualColumns } = model.feature_columns
  const options = { labelSet: model.label_set, split, audioColumns, visualColumns }
  const found: Conversation[] = []
  for (const file of files) for await (const conversation of readConversations(file, options)) found.push(conversation)
  const chosen = ids.length === 0 ? found : ids.map((id) => byId(found, id))
  if (chosen.length > 0) return chosen
  throw new EmographError('EMO_DATA_EMPTY', { file: files.join(', '), expected: 'conversations', got: 'none' })
}

/** The JSONL files of a folder, in the order of their names. @throws EMO_FILE_MISSING */
export async function listJsonl(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new EmographError('EMO_FILE_MISSING', { file: folder, cause })
  })
  return names
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => join(folder, name))
}

function byId(conversations: readonly Conversation[], id: string): Conversation {
  const found = conversations.find((conversation) => conversation.id === id)
  if (found !== undefined) return found
  throw new EmographError('EMO_CONVERSATION_UNKNOWN', { field: id, got: `${conversations.length} other conversations` })
}
