package org.zvonok.compat.fpwcsapi.spi;

/** Where the sound of calls goes; what {@code Flashphoner.getAudioManager()} gives. */
public interface AudioSwitches {
    /**
     * Switches the screen off at the ear.
     *
     * @param use true: while a call goes through the earpiece
     */
    void setUseProximitySensor(boolean use);

    /**
     * Loudspeaker or earpiece.
     *
     * @param use true: the loudspeaker
     */
    void setUseSpeakerPhone(boolean use);

    /**
     * Bluetooth headset.
     *
     * @param use true: the headset, when one is connected
     */
    void setUseBluetoothSco(boolean use);
}
