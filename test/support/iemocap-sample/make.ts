/**
 * Makes data/iemocap/sample again: `npm run sample:iemocap`. The faces are taken from ../shared/data/talking_face (GRID corpus,
 * CC BY 4.0).
 */
import { join } from 'node:path'
import { packagePath } from '../../../src/package.ts'
import { SHARED } from '../shared-data.ts'
import { makeSample } from './sample.ts'

await makeSample({ folder: packagePath('data/iemocap/sample'), faces: join(SHARED, 'data/talking_face') })
