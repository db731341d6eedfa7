import { z } from 'zod'

/** The three modalities, in the order in which every list, tensor and relation of this project keeps them. */
export const MODALITIES = ['text', 'audio', 'visual'] as const
export const modalitySchema = z.enum(MODALITIES)
export type Modality = z.infer<typeof modalitySchema>

/** One value per modality that is there; a missing modality has no key. */
export type PerModality<T> = Partial<Record<Modality, T>>
