import { InvalidArgumentError, Option } from 'commander'
import { packagePath } from '../package.ts'
import { BACKENDS } from '../tensor/backend.ts'

/** The checkpoint that the package ships. */
const SHIPPED_MODEL = packagePath('models/emograph-iemocap6')

/** The conversations that the package ships. */
export const EXAMPLES = packagePath('examples')

export function parsePort(value: string): number {
  const port = Number(value)
  if (value.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('a port is 0 to 65535')
  return port
}

export function parseCount(value: string): number {
  const count = Number(value)
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('a whole number from 1')
  return count
}

/** `1` is true speed, `2` twice as fast, `max` as fast as the server answers. */
export function parseSpeed(value: string): number {
  const speed = value === 'max' ? Number.POSITIVE_INFINITY : Number(value)
  if (!(speed > 0)) throw new InvalidArgumentError('a number above 0, or max')
  return speed
}

/** Collects an option that may be given several times. */
export const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value]

export const modelOption = (): Option =>
  new Option('--model <dir>', 'checkpoint folder').default(SHIPPED_MODEL, 'the shipped one')

export const backendOption = (): Option =>
  new Option('--backend <name>', 'what computes the model').choices(['auto', ...BACKENDS]).default('auto')
