/**
 * The 23 low-level descriptors of eGeMAPS (Eyben et al. 2016, table 1), in the order of the published IEMOCAP columns
 * and under their names.
 */
export const DESCRIPTORS = [
  'loudness',
  'alphaRatio',
  'hammarbergIndex',
  'slope0-500',
  'slope500-1500',
  'spectralFlux',
  'mfcc1',
  'mfcc2',
  'mfcc3',
  'mfcc4',
  'F0semitone',
  'jitter',
  'shimmer',
  'HNR',
  'logRelF0-H1-H2',
  'logRelF0-H1-A3',
  'F1freq',
  'F1bw',
  'F1amp',
  'F2freq',
  'F2amp',
  'F3freq',
  'F3amp',
] as const

export const DESCRIPTOR_COUNT = DESCRIPTORS.length
/** Descriptors from this index on are smoothed over frames in which they are not zero: zero means "not there". */
export const FIRST_VOICED_DESCRIPTOR = DESCRIPTORS.indexOf('F0semitone')
