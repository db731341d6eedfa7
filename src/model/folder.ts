import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

/**
 * Writes a folder of files, whole or not at all: into a temporary folder beside it, synced, then renamed. A folder of
 * that name is replaced; a crash between the two renames leaves it as `<dir>.previous`, which {@link restoreFolder}
 * puts back.
 */
export async function writeFolder(dir: string, files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  const target = resolve(dir)
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}`)
  await mkdir(temporary, { recursive: true })
  try {
    for (const [name, content] of Object.entries(files)) await writeSynced(join(temporary, name), content)
    await replaceFolder(temporary, target)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Puts a folder back that {@link writeFolder} was replacing when the process died. To be called before reading it. */
export async function restoreFolder(dir: string): Promise<void> {
  const target = resolve(dir)
  if (!(await exists(target)) && (await exists(previousOf(target)))) await rename(previousOf(target), target)
}

async function writeSynced(file: string, content: Uint8Array | string): Promise<void> {
  const handle = await open(file, 'wx')
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const previousOf = (target: string): string => `${target}.previous`

async function replaceFolder(from: string, target: string): Promise<void> {
  await restoreFolder(target)
  if (await exists(target)) {
    await rm(previousOf(target), { recursive: true, force: true })
    await rename(target, previousOf(target))
  }
  await rename(from, target)
  await rm(previousOf(target), { recursive: true, force: true })
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
