// A whole training on a small synthetic data set in a process of its own: what resume.test.ts kills and starts again.
// Arguments: the run's folder, then `resume` or nothing. Prints one line an epoch.
import { useBackend } from '../../src/tensor/backend.ts'
import { runTraining } from '../../src/training/run.ts'
import { prepareTrainingData } from '../../src/training/training-data.ts'
import { syntheticConversations } from './synthetic.ts'
import { tinyConfig } from './tiny-config.ts'

const [out = '', resume] = process.argv.slice(2)
const config = tinyConfig({ out, epochs: 5, seeds: [4] })
const { name } = await useBackend('cpu')
await runTraining(config, prepareTrainingData(config, syntheticConversations({ conversations: 32 })), {
  resume: resume === 'resume',
  backend: name,
  progress: () => ({
    step: ({ epoch, step }) => process.stdout.write(`step ${epoch} ${step}\n`),
    epoch: (line) => process.stdout.write(`${line}\n`),
    stop: () => {},
  }),
})
