export * from '../../../main/js/presence.js'
