/** Processor time of this process so far, all threads: on a busy machine the clock counts the others' work too. */
export const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
