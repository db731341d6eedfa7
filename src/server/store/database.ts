import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import Libsql from 'libsql'
import { z } from 'zod'
import { EmographError } from '../../errors.ts'
import { MIGRATIONS, SCHEMA_VERSION } from './schema.ts'

/** A database that lives in this process only. */
export const IN_MEMORY = ':memory:'

/**
 * What a commit waits for. `normal`: the operating system has it, so that a killed process loses nothing. `full`: the disk
 * has it, so that a power failure loses nothing either, at the price of one fsync for every message.
 */
export const DURABILITIES = ['normal', 'full'] as const
export type Durability = (typeof DURABILITIES)[number]

export interface DatabaseOptions {
  /** A file, made with its folder where it is missing and readable by its owner only; or `IN_MEMORY`. */
  readonly path: string
  /** Default `normal`. */
  readonly durability?: Durability
}

export type SqlValue = string | number | null | undefined | Uint8Array

/** A prepared statement; the rows that it reads pass a schema. */
export interface Statement {
  run(...values: readonly SqlValue[]): number
  /** Whether there is a row. */
  has(...values: readonly SqlValue[]): boolean
  one<T>(schema: z.ZodType<T>, ...values: readonly SqlValue[]): T | undefined
  all<T>(schema: z.ZodType<T>, ...values: readonly SqlValue[]): T[]
}

export interface Database {
  prepare(sql: string): Statement
  /** All of it or nothing. A call within another is part of the outer one. */
  atomically<T>(work: () => T): T
  /** Tells from now on how long each transaction took, in ms. */
  watch(onWrite: (ms: number) => void): void
  /** Empties the write-ahead log, so that nothing that was deleted is left in it. */
  truncateLog(): void
  close(): void
}

/** How long to wait for a lock, in ms: a server that is just ending holds it for a moment. */
const LOCK_TIMEOUT_MS = 2_000

/**
 * Opens an SQLite database with the tables of `schema.ts`, in WAL mode. It is locked for this process: two servers that
 * went on with one session would give its messages the same numbers.
 *
 * @throws EMO_STORE_UNAVAILABLE: it cannot be opened or made, another server has it, it is no database, or it was written
 *   by a newer version
 */
export function openDatabase(options: DatabaseOptions): Database {
  const libsql = open(options.path)
  let onWrite: (ms: number) => void = () => {}
  try {
    configure(libsql, options.durability ?? 'normal')
    migrate(libsql)
  } catch (cause) {
    libsql.close()
    throw cause instanceof EmographError ? cause : unavailable(cause)
  }

  return {
    prepare(sql) {
      const statement = libsql.prepare(sql)
      const bound = (values: readonly SqlValue[]) => values.map((value) => value ?? null)
      return {
        run: (...values) => statement.run(bound(values)).changes,
        has: (...values) => statement.get(bound(values)) !== undefined,
        one(schema, ...values) {
          const row = statement.get(bound(values))
          return row === undefined ? undefined : schema.parse(row)
        },
        all: (schema, ...values) => statement.all(bound(values)).map((row) => schema.parse(row)),
      }
    },
    atomically(work) {
      if (libsql.inTransaction) return work()
      const began = performance.now()
      libsql.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        libsql.exec('COMMIT')
        return result
      } catch (error) {
        // SQLite has rolled back by itself where the disk is full.
        if (libsql.inTransaction) libsql.exec('ROLLBACK')
        throw error
      } finally {
        onWrite(performance.now() - began)
      }
    },
    watch(next) {
      onWrite = next
    },
    truncateLog() {
      libsql.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all()
    },
    close() {
      try {
        // Prepared statements keep the connection until they are collected as garbage: the lock has to be given back
        // before, which takes leaving WAL mode (what is in the log is then in the file), and a read.
        for (const pragma of ['journal_mode = DELETE', 'locking_mode = NORMAL'])
          libsql.prepare(`PRAGMA ${pragma}`).all()
        libsql.prepare('SELECT count(*) FROM sqlite_schema').all()
      } catch {
        // The disk is full: what is in the log stays there, and the next process reads it.
      } finally {
        libsql.close()
      }
    },
  }
}

function open(path: string): Libsql.Database {
  try {
    if (path !== IN_MEMORY) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      // SQLite makes its other files with the rights of this one.
      closeSync(openSync(path, 'a', 0o600))
      chmodSync(path, 0o600)
    }
    return new Libsql(path, { timeout: LOCK_TIMEOUT_MS })
  } catch (cause) {
    throw unavailable(cause)
  }
}

function configure(libsql: Libsql.Database, durability: Durability): void {
  const pragmas = [
    `busy_timeout = ${LOCK_TIMEOUT_MS}`,
    'locking_mode = EXCLUSIVE',
    'journal_mode = WAL',
    `synchronous = ${durability}`,
    'foreign_keys = ON',
    // What is deleted is overwritten, not only forgotten.
    'secure_delete = ON',
  ]
  for (const pragma of pragmas) libsql.prepare(`PRAGMA ${pragma}`).all()
}

const versionSchema = z.object({ user_version: z.int() })

function migrate(libsql: Libsql.Database): void {
  // Taken first, so that the exclusive lock is held from here on.
  libsql.exec('BEGIN IMMEDIATE')
  try {
    const version = versionSchema.parse(libsql.prepare('PRAGMA user_version').get()).user_version
    if (version > SCHEMA_VERSION)
      throw new EmographError('EMO_STORE_UNAVAILABLE', {
        expected: `a store of version ${SCHEMA_VERSION} or older`,
        got: `version ${version}`,
        fix: 'Run the version of Emograph that wrote it, or give another --data-dir.',
      })
    for (const migration of MIGRATIONS.slice(version)) libsql.exec(migration)
    libsql.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
    libsql.exec('COMMIT')
  } catch (error) {
    if (libsql.inTransaction) libsql.exec('ROLLBACK')
    throw error
  }
}

/** The path is left to the log: it may name a person. */
function unavailable(cause: unknown): EmographError {
  const code = (cause as { code?: unknown } | null)?.code
  return new EmographError('EMO_STORE_UNAVAILABLE', {
    expected: 'an SQLite database that this process can write',
    got: typeof code === 'string' && code !== '' ? code : 'one that does not open',
    ...(code === 'SQLITE_BUSY' && { fix: 'Another server uses it: end that one, or give another --data-dir.' }),
    cause,
  })
}
