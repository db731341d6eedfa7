#!/usr/bin/env node
import { Command } from 'commander'
import { demoCommand } from './commands/demo.ts'
import { evaluateCommand } from './commands/evaluate.ts'
import { evaluateRecogniserCommand } from './commands/evaluate-recogniser.ts'
import { extractCommand } from './commands/extract.ts'
import { fetchCommand } from './commands/fetch.ts'
import { predictCommand } from './commands/predict.ts'
import { replayCommand } from './commands/replay.ts'
import { serveCommand } from './commands/serve.ts'
import { tokenCommand } from './commands/token.ts'
import { trainCommand } from './commands/train.ts'
import { trainRecogniserCommand } from './commands/train-recogniser.ts'
import { verifyCommand } from './commands/verify.ts'
import { packageVersion } from './package.ts'
import { failureText } from './terminal/failure-text.ts'

/** The command line: one subcommand a file of src/commands. */
const program = new Command('emograph')
  .description('Labels the emotion of every utterance of a conversation as it unfolds.')
  .version(packageVersion())
  // Without positional options `train` would take `--data` away from `train audio`.
  .enablePositionalOptions()
  .addCommand(demoCommand())
  .addCommand(serveCommand())
  .addCommand(tokenCommand())
  .addCommand(replayCommand())
  .addCommand(predictCommand())
  .addCommand(
    trainCommand()
      .enablePositionalOptions()
      .addCommand(trainRecogniserCommand('audio'))
      .addCommand(trainRecogniserCommand('face')),
  )
  .addCommand(
    evaluateCommand()
      .enablePositionalOptions()
      .addCommand(evaluateRecogniserCommand('audio'))
      .addCommand(evaluateRecogniserCommand('face')),
  )
  .addCommand(verifyCommand())
  .addCommand(extractCommand())
  .addCommand(fetchCommand())

try {
  await program.parseAsync()
} catch (error) {
  console.error(failureText(error))
  process.exitCode = 1
}
