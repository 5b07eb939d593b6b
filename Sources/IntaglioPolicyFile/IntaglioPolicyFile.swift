internal import IntaglioHooks
internal import Yams
