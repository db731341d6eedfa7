import { expect, test } from 'vitest'
import { iemocapChannel } from '../../../src/encoders/audio/iemocap-channel.ts'
import { iemocapSide } from '../../../src/encoders/media/iemocap-side.ts'
import { expectError } from '../../support/errors.ts'

test('the actor of the session is on the left, as on the left microphone', () => {
  for (const id of [
    'Ses01F_impro02_M011',
    'Ses01F_impro02_F011',
    'Ses05M_script01_1b_F002',
    'Ses05M_script03_2_M040',
  ]) {
    expect(iemocapSide(id)).toBe(id[5] === id.at(-4) ? 'left' : 'right')
    expect(iemocapSide(id)).toBe(iemocapChannel(id) === 0 ? 'left' : 'right')
  }
})

test('another name is a coded error', async () => {
  await expectError(() => iemocapSide('dia0_utt3'), 'EMO_FILE_FORMAT')
})
