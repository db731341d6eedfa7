// Prints the figures of vitest's JSON report as one plain line: `12 passed, 0 failed`. A test file that did not even
// load counts as one failure. Exits 1 when there is no report: then nothing was tested.
import { readFileSync } from 'node:fs'

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const unloaded = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
console.log(`${report.numPassedTests} passed, ${report.numFailedTests + unloaded.length} failed`)
