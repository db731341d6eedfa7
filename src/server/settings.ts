import { z } from 'zod'
import { modeSchema } from '../conversation/mode.ts'
import { EmographError } from '../errors.ts'
import type { Limits } from './limits.ts'
import {
  type ParticipantUpdate,
  participantSchema,
  type SessionUpdate,
  type WireParticipant,
} from './protocol/client-messages.ts'
import { SEGMENTATIONS } from './protocol/fields.ts'
import type { ServedModel } from './served-model.ts'

/** What a session has agreed on with its client. */
export const settingsSchema = z.object({
  mode: modeSchema,
  participants: z.array(participantSchema).readonly(),
  consent: z.boolean(),
  /** What the labels are for, as the participants were told. */
  purpose: z.string().optional(),
  segmentation: z.enum(SEGMENTATIONS),
  interimLabels: z.boolean(),
  explain: z.boolean(),
  storeMedia: z.boolean(),
})
export type Settings = Readonly<z.infer<typeof settingsSchema>>

/** Before the first `session.update`. Live where the model can: its labels are final when they are given. */
export function initialSettings(model: ServedModel): Settings {
  const mode = model.modes.includes('live') ? 'live' : 'offline'
  return {
    mode,
    participants: [],
    consent: false,
    segmentation: 'client',
    interimLabels: true,
    explain: false,
    storeMedia: false,
  }
}

/**
 * The settings after a `session.update`: what it does not name stays as it was. Participants that are named again keep
 * their place, new ones follow, none is taken away: utterances already labelled are theirs.
 *
 * @throws EMO_LABEL_SET_UNSUPPORTED, EMO_MODE_UNSUPPORTED, EMO_PARTICIPANT_LIMIT
 */
export function updateSettings(
  settings: Settings,
  message: SessionUpdate,
  model: ServedModel,
  limits: Limits,
): Settings {
  if (message.label_set !== undefined && message.label_set !== model.labelSet)
    throw new EmographError('EMO_LABEL_SET_UNSUPPORTED', { field: 'label_set', expected: model.labelSet })
  if (message.mode !== undefined && !model.modes.includes(message.mode))
    throw new EmographError('EMO_MODE_UNSUPPORTED', { field: 'mode', expected: model.modes.join(' or ') })
  return {
    mode: message.mode ?? settings.mode,
    participants: mergeParticipants(settings.participants, message.participants ?? [], limits),
    consent: message.consent ?? settings.consent,
    purpose: message.purpose ?? settings.purpose,
    segmentation: message.segmentation ?? settings.segmentation,
    interimLabels: message.interim_labels ?? settings.interimLabels,
    explain: message.explain ?? settings.explain,
    storeMedia: message.store_media ?? settings.storeMedia,
  }
}

/** The settings with one participant added or renamed. @throws EMO_PARTICIPANT_LIMIT */
export function updateParticipant(settings: Settings, message: ParticipantUpdate, limits: Limits): Settings {
  const participant = { id: message.participant, ...(message.name === undefined ? {} : { name: message.name }) }
  return { ...settings, participants: mergeParticipants(settings.participants, [participant], limits) }
}

/** @throws EMO_PARTICIPANT_UNKNOWN where none of them has this id */
export function requireParticipant(participants: readonly WireParticipant[], id: string): void {
  if (!participants.some((each) => each.id === id))
    throw new EmographError('EMO_PARTICIPANT_UNKNOWN', {
      field: 'participant',
      expected: `one of the ${participants.length} participants`,
      got: 'another',
    })
}

function mergeParticipants(
  present: readonly WireParticipant[],
  named: readonly WireParticipant[],
  limits: Limits,
): readonly WireParticipant[] {
  const merged = new Map(present.map((participant) => [participant.id, participant]))
  for (const participant of named) merged.set(participant.id, { ...merged.get(participant.id), ...participant })
  if (merged.size > limits.participants)
    throw new EmographError('EMO_PARTICIPANT_LIMIT', {
      field: 'participants',
      expected: `at most ${limits.participants}`,
      got: `${merged.size}`,
    })
  return [...merged.values()]
}
