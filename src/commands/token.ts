import { Command } from 'commander'
import { createAccessToken, hashToken } from '../server/auth.ts'

/** `emograph token`: a new access token for clients, and the line for the server's token file. */
export function tokenCommand(): Command {
  return new Command('token')
    .description('make an access token for emograph serve --token-file')
    .option('--json', 'print one JSON object', false)
    .action(({ json }: { json: boolean }) => {
      const token = createAccessToken()
      const hash = hashToken(token)
      if (json) console.log(JSON.stringify({ token, sha256: hash }))
      else console.log(`token (for the client)           ${token}\nline of the token file (server)  sha256:${hash}`)
    })
}
