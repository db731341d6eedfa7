/**
 * The containers that FFmpeg may open, by its demuxers' names: media in one file. Playlists and scripts (HLS, concat, DASH,
 * SDP, image sequences) are not among them: they name other files and addresses, and media come from strangers.
 */
const MEDIA_CONTAINERS = [
  'mov',
  'matroska',
  'avi',
  'flac',
  'ogg',
  'mp3',
  'wav',
  'w64',
  'aiff',
  'aac',
  'ac3',
  'amr',
  'asf',
  'caf',
  'flv',
  'mpeg',
  'mpegts',
  'mpegvideo',
] as const

/** FFmpeg's options that hold it to one local file of these containers. */
export const SAFE_INPUT = { protocol_whitelist: 'file', format_whitelist: MEDIA_CONTAINERS.join(',') } as const
