import { appendFile } from 'node:fs/promises'
import { Command } from 'commander'
import { createAccessToken, hashToken } from '../server/auth.ts'

interface TokenFlags {
  readonly add?: string
  readonly comment?: string
  readonly json: boolean
}

/** `emograph token`: a new access token for a client, and its hash for the server's token file. */
export function tokenCommand(): Command {
  return new Command('token')
    .description('make an access token for a client of emograph serve --token-file')
    .option('--add <file>', 'add its hash to this token file, made where it is missing, and print the token alone')
    .option('--comment <text>', 'whose it is, for the token file')
    .option('--json', 'print one JSON object', false)
    .action(async ({ add, comment, json }: TokenFlags) => {
      const token = createAccessToken()
      const sha256 = hashToken(token)
      const line = `sha256:${sha256}${comment === undefined ? '' : `  # ${comment.replace(/\s+/g, ' ')}`}`
      if (add !== undefined) await appendFile(add, `${line}\n`, { mode: 0o600 })
      if (json) console.log(JSON.stringify({ token, sha256 }))
      else if (add !== undefined) console.log(token)
      else console.log(`for the client      ${token}\nfor the token file  ${line}`)
    })
}
