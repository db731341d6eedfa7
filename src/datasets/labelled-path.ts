import type { Split } from '../conversation/conversation.ts'

/** The names that image and sound collections give their parts. */
const SPLIT_FOLDERS: Readonly<Record<string, Split>> = {
  train: 'train',
  training: 'train',
  val: 'val',
  valid: 'val',
  validation: 'val',
  dev: 'val',
  test: 'test',
  testing: 'test',
}

/**
 * What a path within a collection says: its last folder is the class, the folder above it may name the split
 * (`train/happy/17.jpg`, `happy/17.jpg`). Undefined for a file that lies in no folder.
 */
export function labelledPath(path: string): { readonly label: string; readonly split?: Split } | undefined {
  const folders = path.split(/[\\/]/).filter((part) => part !== '' && part !== '.')
  folders.pop()
  const label = folders.pop()
  if (label === undefined) return undefined
  const split = SPLIT_FOLDERS[folders.pop()?.toLowerCase() ?? '']
  return split === undefined ? { label } : { label, split }
}
