export * from '../../../main/js/helpers.js'
