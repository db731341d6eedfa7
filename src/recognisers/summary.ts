import type { Network } from './networks/create-network.ts'

/** A network for people: every parameter with its shape and size, and the sum. */
export function summariseNetwork({ architecture, config, sizes }: Network): string {
  const rows = architecture.parameters.map(({ name, shape, trainable }) => ({
    name,
    shape: `[${shape.join(', ')}]`,
    count: shape.reduce((product, length) => product * length, 1),
    note: trainable === false ? '  running statistic' : '',
  }))
  const wide = Math.max(...rows.map(({ name }) => name.length))
  const total = rows.reduce((sum, { count, note }) => sum + (note === '' ? count : 0), 0)
  return [
    `${config.kind}: ${sizes.width} numbers in, ${sizes.classes} classes out`,
    ...rows.map(
      ({ name, shape, count, note }) => `  ${name.padEnd(wide)}  ${shape.padEnd(14)}${`${count}`.padStart(9)}${note}`,
    ),
    `  ${'learned'.padEnd(wide)}  ${''.padEnd(14)}${`${total}`.padStart(9)}`,
  ].join('\n')
}
