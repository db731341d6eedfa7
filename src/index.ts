/**
 * Emograph: labels the emotion of every utterance of a conversation as it unfolds.
 *
 * @example Label a conversation in this process, one utterance at a time.
 * import { loadServedModel } from 'emograph'
 *
 * const model = await loadServedModel('node_modules/emograph/models/emograph-iemocap6')
 * const labeller = model.createLabeller('live')
 * const [text] = await model.textEncoder.encode(['We finally got the keys!'])
 * const [label] = await labeller.add({ id: 'u1', speaker: 'ann', features: { text } })
 * console.log(label.probabilities) // Float32Array(6), in the order of LABEL_SETS.iemocap6
 *
 * @example Serve it, and speak to it through the wire protocol.
 * import { connect, startServer } from 'emograph'
 *
 * const server = await startServer({ model, port: 0 })
 * const client = await connect(server.socketUrl)
 * await client.configure({ participants: [{ id: 'ann' }], consent: true, purpose: 'an example' })
 * const said = { participant: 'ann', text: 'We finally got the keys!', start_ms: 0, end_ms: 1300 }
 * console.log((await client.label(said)).label)
 * await client.close()
 * await server.close()
 */

// the client of a server
export {
  type Client,
  type ConnectOptions,
  type Credentials,
  connect,
  type SettingsInput,
  type TranscriptInput,
} from './client/index.ts'
export { type PlayedConversation, type PlayOptions, playConversation } from './client/play.ts'
// conversations
export {
  type Conversation,
  conversationSchema,
  type Features,
  type Split,
  type Utterance,
  utteranceSchema,
} from './conversation/conversation.ts'
export { LABEL_SETS, LABEL_TITLES, type LabelSetName } from './conversation/label-sets.ts'
export { MODALITIES, type Modality, type PerModality } from './conversation/modality.ts'
export { MODES, type Mode } from './conversation/mode.ts'
// data sets
export { type IemocapReleaseOptions, readIemocapRelease } from './datasets/iemocap-release.ts'
export { readConversations } from './datasets/read-conversations.ts'
// encoders: media and words to features
export {
  type AudioEncoder,
  type AudioEncoderOptions,
  type AudioEncoding,
  type AudioUtterance,
  createAudioEncoder,
} from './encoders/audio/audio-encoder.ts'
export { type Calibration, loadCalibration } from './encoders/audio/calibration.ts'
export type { SegmentEvent, SegmenterOptions } from './encoders/audio/vad/segmenter.ts'
export { createVoiceActivityDetector, type VoiceActivityDetector } from './encoders/audio/vad/silero.ts'
export { createUtteranceFinder, type UtteranceFinder } from './encoders/audio/vad/utterance-finder.ts'
export { type DecodedAudio, type DecodeOptions, decodeAudio } from './encoders/media/decode-audio.ts'
export { type DecodeReport, explainReport } from './encoders/media/decode-report.ts'
export { type DecodedVideo, type DecodeVideoOptions, decodeVideo } from './encoders/media/decode-video.ts'
export { decodeImage, type ImageLimits } from './encoders/media/image.ts'
export type { RgbImage, VideoFrame } from './encoders/media/video-frame.ts'
export { explainVideoReport, type VideoReport } from './encoders/media/video-report.ts'
export { createFakeSpeechRecogniser } from './encoders/speech/fake-speech-recogniser.ts'
export { createSpeechRecogniser, type SpeechRecogniser } from './encoders/speech/speech-recogniser.ts'
export { createFakeTextEncoder } from './encoders/text/fake-text-encoder.ts'
export { createTextEncoder, type TextEncoder, type TextEncoderOptions } from './encoders/text/text-encoder.ts'
export {
  createFaceEncoder,
  type FaceEncoder,
  type FaceEncoderOptions,
  type FaceEncoding,
} from './encoders/visual/face-encoder.ts'
export { createFakeVisualEncoder } from './encoders/visual/fake-visual-encoder.ts'
export type { FaceLook, FrameLook } from './encoders/visual/frame-look.ts'
export {
  createVisualEncoder,
  type FaceRecogniser,
  type VisualEncoder,
  type VisualEncoderOptions,
  type VisualEncoding,
  type VisualUtterance,
} from './encoders/visual/visual-encoder.ts'
export { EmographError, ERRORS, type ErrorCode, isEmographError } from './errors.ts'
// features from recordings
export { type ExtractionProgress, type ExtractOptions, extract } from './extraction/extract.ts'
export { iemocapSource } from './extraction/iemocap-source.ts'
export type { ExtractionSource, ExtractorOptions } from './extraction/job.ts'
// the conversation graph and its layers
export { type ConversationGraph, createConversationGraph, type GraphOptions } from './graph/conversation-graph.ts'
export { graphToGexf, graphToJson } from './graph/graph-export.ts'
export { type GraphTensors, graphTensors } from './graph/graph-tensors.ts'
export { type Relation, relationTypes } from './graph/relations.ts'
export { type RgcnWeights, rgcnConv, stackRgcnWeights } from './graph/rgcn-conv.ts'
export { type TransformerConvWeights, transformerConv } from './graph/transformer-conv.ts'
// the model
export { type Batch, makeBatch } from './model/batch.ts'
export { type Checkpoint, loadCheckpoint, saveCheckpoint } from './model/checkpoint.ts'
export { type CorectConfig, parseCorectConfig } from './model/config.ts'
export { type Corect, createCorect } from './model/corect.ts'
export { type PreparedConversation, prepareConversation } from './model/prepare.ts'
export { type ConversationLabeller, createStreamingModel, type UtteranceProbabilities } from './model/streaming.ts'
// recognisers of single recordings, pictures and videos
export { createPredictor, type Prediction, type Predictor } from './recognisers/predictor.ts'
// the server
export { createFakeLabeller, createFakeModel } from './server/fakes.ts'
export { loadServedModel } from './server/load-model.ts'
export { type ClientMessage, type ClientMessageInput, clientMessageSchema } from './server/protocol/client-messages.ts'
export { type ServerMessage, type ServerMessageOf, serverMessageSchema } from './server/protocol/server-messages.ts'
export type { ServedModel } from './server/served-model.ts'
export { type EmographServer, type ServerOptions, startServer } from './server/server.ts'
export { type BackendChoice, useBackend } from './tensor/backend.ts'
// figures
export { scorePredictions } from './training/metrics.ts'
export { predictConversations } from './training/predict.ts'
