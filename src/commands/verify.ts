import { Command, Option } from 'commander'
import { EmographError } from '../errors.ts'
import { type CausalityReport, checkCausality } from '../model/causality.ts'
import { loadCheckpoint } from '../model/checkpoint.ts'
import { createCorect } from '../model/corect.ts'
import { readPublishedFixture } from '../model/published-fixture.ts'
import { type ParityReport, verifyParity } from '../model/verify.ts'
import { BACKENDS, type BackendChoice, useBackend } from '../tensor/backend.ts'

interface VerifyOptions {
  readonly causality?: true
  readonly model?: string
  readonly lengths: readonly number[]
  readonly seed: number
  readonly backend: BackendChoice
  readonly json?: true
}

/** `emograph verify FILE.safetensors…` and `emograph verify --causality --model DIR`; exit 1 when a bound is passed. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'hold the model against recorded runs of the published code, or a checkpoint against live mode’s contract',
    )
    .argument('[files...]', 'fixtures: recorded runs of the published code (.safetensors)')
    .option('--causality', 'check that live labels depend on nothing later, and on no padding or batch-mate')
    .option('--model <dir>', 'the checkpoint to check for causality')
    .addOption(
      new Option('--lengths <list>', 'lengths of the made-up conversations for --causality')
        .default([1, 2, 9, 24], '1,2,9,24')
        .argParser(parseLengths),
    )
    .addOption(new Option('--seed <n>', 'seed of the made-up conversations').default(1).argParser(Number))
    .addOption(new Option('--backend <name>', 'tfjs backend').choices(['auto', ...BACKENDS]).default('auto'))
    .option('--json', 'print one JSON object as the last line')
    .action(run)
}

async function run(files: readonly string[], options: VerifyOptions): Promise<void> {
  if ((options.causality === true) !== (options.model !== undefined) || (files.length === 0 && !options.causality)) {
    throw new EmographError('EMO_CONFIG_INVALID', {
      field: 'verify',
      expected: 'fixture files, or --causality with --model DIR, or both',
      got: [...files, ...(options.causality ? ['--causality'] : []), options.model ?? ''].join(' ').trim() || 'neither',
    })
  }
  const backend = await useBackend(options.backend)
  console.log(`backend ${backend.name}: ${backend.explanation}`)
  const parity: ParityReport[] = []
  for (const file of files) {
    const report = verifyParity(await readPublishedFixture(file))
    parity.push(report)
    console.log(`\n${file}\n${parityTable(report)}`)
  }
  const causality = options.model === undefined ? undefined : await verifyCausality(options.model, options)
  const passed = parity.every((report) => report.passed) && (causality?.passed ?? true)
  console.log(passed ? '\nall within bounds' : '\nOUT OF BOUNDS')
  if (options.json) {
    console.log(JSON.stringify({ passed, backend: backend.name, parity, ...(causality ? { causality } : {}) }))
  }
  if (!passed) process.exitCode = 1
}

async function verifyCausality(dir: string, options: VerifyOptions): Promise<CausalityReport> {
  const { model: config, weights } = await loadCheckpoint(dir)
  const model = createCorect(config, { weights })
  const report = checkCausality(model, options)
  model.dispose()
  console.log(`\n${dir}\n${causalityTable(report)}`)
  return report
}

function parityTable({ comparisons }: ParityReport): string {
  return table(
    ['', 'numbers', 'largest difference', 'bound', ''],
    comparisons.map(({ group, numbers, difference, bound, passed }) => [
      group,
      `${numbers}`,
      figure(difference),
      figure(bound),
      verdict(passed),
    ]),
  )
}

function causalityTable({ checks }: CausalityReport): string {
  return table(
    ['', 'cases', 'largest difference', 'bound', ''],
    checks.map(({ check, cases, difference, bound, passed }) => [
      check,
      `${cases}`,
      figure(difference),
      figure(bound),
      verdict(passed),
    ]),
  )
}

const verdict = (passed: boolean): string => (passed ? 'ok' : 'TOO LARGE')
const figure = (value: number): string => (value === 0 ? '0' : value.toExponential(1))

/** Columns as wide as their widest cell: the first and last to the left, numbers to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, c) => (c === 0 || c === head.length - 1 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)))
      .join('  ')
      .trimEnd()
  return [head, ...rows].map(line).join('\n')
}

function parseLengths(list: string): number[] {
  const lengths = list.split(',').map(Number)
  if (lengths.every((length) => Number.isInteger(length) && length > 0)) return lengths
  throw new EmographError('EMO_CONFIG_INVALID', { field: '--lengths', expected: 'numbers such as 1,2,9', got: list })
}
