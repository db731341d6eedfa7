/** What a video decoder found on its way; complete once its frames have been read to the end. */
export interface VideoReport {
  /** What decoded: FFmpeg's libraries, or the ffmpeg program. */
  readonly decoder: 'library' | 'program'
  /** Frames that were decoded, those that were dropped included. */
  readonly decodedFrames: number
  /** Frames beyond the configured number a second. */
  readonly droppedFrames: number
  /** From the first frame to the end of the last one. */
  readonly durationMs: number
  /** Packets that did not decode; their frames are missing. */
  readonly damagedPackets: number
  /** The file ended before it said. */
  readonly truncated: boolean
  /** Length that the file declares beyond what could be decoded; 0 where none is known. */
  readonly missingMs: number
}

/** The report in words, one sentence a thing that is not as it should be; empty where all is well. */
export function explainVideoReport(report: VideoReport): string[] {
  const sentences: string[] = []
  if (report.truncated) sentences.push(`the file ends early: ${report.durationMs} ms of pictures could be read`)
  if (report.missingMs > 0)
    sentences.push(`${report.missingMs} ms of pictures that the file declares could not be decoded`)
  if (report.damagedPackets > 0)
    sentences.push(`${report.damagedPackets} damaged packets are missing from the pictures`)
  return sentences
}
