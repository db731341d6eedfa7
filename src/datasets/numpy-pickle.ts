import { readFile } from 'node:fs/promises'
import { BufferReader, Parser } from 'pickleparser'
import { EmographError } from '../errors.ts'
import { requireFile } from '../require-file.ts'
import { createNumpyNames } from './numpy-names.ts'

/**
 * The object of a pickle file, protocols 0 to 5, written by Python 2 or 3: dictionaries as Map, lists and tuples as
 * arrays, sets as Set, byte strings of Python 2 as latin-1, numpy arrays as {@link NumpyArray}.
 *
 * A pickle is a program. Nothing of it is run but numpy's reconstruction of arrays and Python's plain containers, both
 * written here; any other name ends the reading before it could be called.
 *
 * @throws EMO_FILE_MISSING, EMO_PICKLE_UNSAFE, EMO_FILE_FORMAT when the file is cut off or broken.
 */
export async function readNumpyPickle(file: string): Promise<unknown> {
  await requireFile(file)
  const bytes = await readFile(file)
  const parser = new Parser({
    nameResolver: createNumpyNames(file),
    persistentResolver: { resolve: () => refuse(file, 'a persistent id') },
    extensionResolver: { resolve: () => refuse(file, 'an extension code') },
    unpicklingTypeOfDictionary: 'Map',
    unpicklingTypeOfSet: 'Set',
  })
  try {
    return parser.read(createReader(bytes))
  } catch (cause) {
    if (cause instanceof EmographError) throw cause
    throw new EmographError('EMO_FILE_FORMAT', {
      file,
      field: 'pickle',
      expected: 'a whole pickle of protocol 0 to 5',
      // The parser's messages hold opcodes and lengths only; those of the engine could quote data.
      got:
        cause instanceof Error && /end of file|opcode|protocol|end of line/i.test(cause.message)
          ? cause.message
          : 'a broken one',
    })
  }
}

function refuse(file: string, what: string): never {
  throw new EmographError('EMO_PICKLE_UNSAFE', {
    file,
    field: what,
    expected: 'numpy arrays and plain containers',
    got: what,
  })
}

/**
 * The library's reader, made strict in three things: it reads Python 2's byte strings as latin-1 and not as
 * windows-1252, so that a numpy array's bytes come through whole; it undoes the escapes of protocol 0; and a length can
 * neither be negative, which would make it read the same bytes for ever, nor pass the end.
 */
function createReader(bytes: Buffer): BufferReader {
  const reader = new BufferReader(bytes)
  const { skip, string, line } = reader
  return Object.assign(reader, {
    skip(offset: number) {
      if (offset < 0) throw new Error('Unexpected end of file: a negative length.')
      skip.call(reader, offset)
    },
    string(size: number, encoding: 'ascii' | 'utf-8') {
      return encoding === 'utf-8'
        ? string.call(reader, size, encoding)
        : Buffer.from(reader.bytes(size)).toString('latin1')
    },
    line() {
      const opcode = String.fromCharCode(bytes[reader.position - 1] ?? 0)
      const text = line.call(reader)
      return opcode === 'S' ? unescapeBytes(text) : opcode === 'V' ? unescapeUnicode(text) : text
    },
  })
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', "'": "'", '"': '"' }

/** Python 2's repr of a byte string: `'a\n\xff'`; the quotes stay, the parser looks for them. */
const unescapeBytes = (text: string): string =>
  text.replaceAll(/\\(?:x([0-9a-f]{2})|(.))/gi, (whole, hex: string | undefined, char: string | undefined) =>
    hex !== undefined ? String.fromCharCode(Number.parseInt(hex, 16)) : (ESCAPES[char!] ?? whole),
  )

/** Python's raw-unicode-escape: `\u00e9`, `\U0001f600`. */
const unescapeUnicode = (text: string): string =>
  text.replaceAll(/\\(?:u([0-9a-f]{4})|U([0-9a-f]{8}))/g, (_, short: string | undefined, long: string | undefined) =>
    String.fromCodePoint(Number.parseInt((short ?? long)!, 16)),
  )
