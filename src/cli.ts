#!/usr/bin/env node
import { Command } from 'commander'
import { demoCommand } from './commands/demo.ts'
import { evaluateCommand } from './commands/evaluate.ts'
import { extractCommand } from './commands/extract.ts'
import { replayCommand } from './commands/replay.ts'
import { serveCommand } from './commands/serve.ts'
import { trainCommand } from './commands/train.ts'
import { verifyCommand } from './commands/verify.ts'
import { isEmographError } from './errors.ts'
import { packageVersion } from './package.ts'

/** The command line: one subcommand a file of src/commands. */
const program = new Command('emograph')
  .description('Labels the emotion of every utterance of a conversation as it unfolds.')
  .version(packageVersion())
  .addCommand(demoCommand())
  .addCommand(serveCommand())
  .addCommand(replayCommand())
  .addCommand(trainCommand())
  .addCommand(evaluateCommand())
  .addCommand(verifyCommand())
  .addCommand(extractCommand())

try {
  await program.parseAsync()
} catch (error) {
  // A coded error is complete for a stranger; of anything else the stack is what helps.
  console.error(isEmographError(error) ? error.message : error)
  process.exitCode = 1
}
