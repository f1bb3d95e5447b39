/* SPDX-License-Identifier: EUPL-1.2 */
#include <assert.h>
#include <string.h>

#include "adapters/corporatie/vera.h"

/*
 * From VERA Referentiedata of 2026-06-26 (Aedes, CC0): the lists that this
 * adapter reads or writes, of the long ones the codes that it uses. Codes with
 * an Einddatum in the past are left out: they are refused.
 */
static const struct vera_row codes[] = {
    {VERA_SIGNALERINGSOORT, "AGR", "Agressie", ""},
    {VERA_SIGNALERINGSOORT, "ONB", "Ondersteuningsbehoefte", ""},
    {VERA_SIGNALERINGSOORT, "ONE", "Oneigenlijk gebruik woning", ""},
    {VERA_SIGNALERINGSOORT, "OVE", "Overlast", ""},
    {VERA_SIGNALERINGSOORT, "SCH", "Huurschuld", ""},
    {VERA_SIGNALERINGSOORT, "WAN", "Wangedrag naar medewerkers", ""},
    {VERA_SIGNALERINGDETAILSOORT, "AGS", "Agressie", "AGR"},
    {VERA_SIGNALERINGDETAILSOORT, "AMB", "Ambulante begeleiding", "ONB"},
    {VERA_SIGNALERINGDETAILSOORT, "BEL", "Beledigend", "WAN"},
    {VERA_SIGNALERINGDETAILSOORT, "BET", "Betalingsachterstand", "SCH"},
    {VERA_SIGNALERINGDETAILSOORT, "BEW", "Bewindvoerder", ""},
    {VERA_SIGNALERINGDETAILSOORT, "BEZ", "Bezoek met twee", ""},
    {VERA_SIGNALERINGDETAILSOORT, "BRA", "Brandstichting", "AGR"},
    {VERA_SIGNALERINGDETAILSOORT, "CUR", "Onder curatele", ""},
    {VERA_SIGNALERINGDETAILSOORT, "DEU", "Deurwaarder", "SCH"},
    {VERA_SIGNALERINGDETAILSOORT, "DRU", "Drugshandel", "ONE"},
    {VERA_SIGNALERINGDETAILSOORT, "FYS", "Fysiek", "AGR"},
    {VERA_SIGNALERINGDETAILSOORT, "GEL", "Geluidsoverlast", "OVE"},
    {VERA_SIGNALERINGDETAILSOORT, "HEN", "Hennepkwekerij", "ONE"},
    {VERA_SIGNALERINGDETAILSOORT, "INT", "Intimiderend", "WAN"},
    {VERA_SIGNALERINGDETAILSOORT, "MUT", "Mutatieschade", "SCH"},
    {VERA_SIGNALERINGDETAILSOORT, "ONA", "Onacceptabele toon", "WAN"},
    {VERA_SIGNALERINGDETAILSOORT, "OND", "Onderverhuur", "ONE"},
    {VERA_SIGNALERINGDETAILSOORT, "PRO", "Prostitutie", "ONE"},
    {VERA_SIGNALERINGDETAILSOORT, "RAC", "Racistich", "WAN"},
    {VERA_SIGNALERINGDETAILSOORT, "SCH", "Schriftelijk", "AGR"},
    {VERA_SIGNALERINGDETAILSOORT, "SEU", "Seksueel ongepast", "WAN"},
    {VERA_SIGNALERINGDETAILSOORT, "VEB", "Verbaal", "AGR"},
    {VERA_SIGNALERINGDETAILSOORT, "VER", "Vervuiling", "ONE"},
    {VERA_SIGNALERINGSTATUS, "ACT", "Actief", ""},
    {VERA_SIGNALERINGSTATUS, "PAS", "Passief", ""},
    {VERA_SIGNALERINGSTATUS, "VER", "Vervallen", ""},
    {VERA_EXTERNEINCASSOSOORT, "DEU", "Deurwaarder", ""},
    {VERA_EXTERNEINCASSOSOORT, "INC", "Incassobureau", ""},
    {VERA_EXTERNEINCASSOSTATUS, "ACT", "Actief", ""},
    {VERA_EXTERNEINCASSOSTATUS, "EIN", "Beëindigd", ""},
    {VERA_EXTERNEINCASSOSTATUS, "NIE", "Nieuw", ""},
    {VERA_ZAAKTYPESOORT, "FIN", "Financiële problematiek", ""},
    {VERA_ZAAKTYPESOORT, "LEE", "Leefbaarheid", ""},
    {VERA_ZAAKTYPESOORT, "OMG", "Omgevingsoverlast", ""},
    {VERA_ZAAKTYPESOORT, "ORG", "Klacht over organisatie", ""},
    {VERA_ZAAKTYPESOORT, "SOC", "Sociale melding", ""},
    {VERA_ZAAKTYPESOORT, "WOO", "Woonfraude", ""},
    {VERA_ZAAKTYPEDETAILSOORT, "AGR", "Agressie/bedreiging", "SOC"},
    {VERA_ZAAKTYPEDETAILSOORT, "BED", "Bedrijfsmatig gebruik woning", "WOO"},
    {VERA_ZAAKTYPEDETAILSOORT, "BET", "Betalingsregeling", "FIN"},
    {VERA_ZAAKTYPEDETAILSOORT, "DIE", "Huisdieren", "SOC"},
    {VERA_ZAAKTYPEDETAILSOORT, "DRU", "Dealen/drugspanden", "SOC"},
    {VERA_ZAAKTYPEDETAILSOORT, "GEL", "Geluidsoverlast", "SOC"},
    {VERA_ZAAKTYPEDETAILSOORT, "HAN", "Omgevingsoverlast", "OMG"},
    {VERA_ZAAKTYPEDETAILSOORT, "HEN", "Hennepkwekerij", "SOC"},
    {VERA_ZAAKTYPEDETAILSOORT, "HUA", "Huurachterstand", "FIN"},
    {VERA_ZAAKTYPEDETAILSOORT, "HUR", "Huurverhoging", "FIN"},
    {VERA_ZAAKTYPEDETAILSOORT, "KLI",
	"Oneigenlijk gebruik gemeenschappelijke ruimte", "WOO"},
    {VERA_ZAAKTYPEDETAILSOORT, "KME", "Klacht over medewerker", "ORG"},
    {VERA_ZAAKTYPEDETAILSOORT, "KSA", "Klacht over samenwerkingspartner",
	"ORG"},
    {VERA_ZAAKTYPEDETAILSOORT, "ONG", "Ongedierte", "SOC"},
    {VERA_ZAAKTYPEDETAILSOORT, "ONR", "Onrechtmatige bewoning", "WOO"},
    {VERA_ZAAKTYPEDETAILSOORT, "ONV", "Onveiligheid gemeenschappelijke ruimte",
	"SOC"},
    {VERA_ZAAKTYPEDETAILSOORT, "OVE", "Overige", "SOC"},
    {VERA_ZAAKTYPEDETAILSOORT, "PSY", "Psychische problematiek", "SOC"},
    {VERA_ZAAKTYPEDETAILSOORT, "RUZ", "Burenruzie", "SOC"},
    {VERA_ZAAKTYPEDETAILSOORT, "STA", "Stankoverlast", "SOC"},
    {VERA_ZAAKTYPEDETAILSOORT, "VAN", "Vandalisme", "SOC"},
    {VERA_ZAAKTYPEDETAILSOORT, "VER", "Verslavingsproblematiek", "SOC"},
    {VERA_ZAAKTYPEDETAILSOORT, "VUI", "Vervuiling", "SOC"},
    {VERA_ZAAKSTATUSSOORT, "AAN", "Aangemaakt", ""},
    {VERA_ZAAKSTATUSSOORT, "AFG", "Afgerond", ""},
    {VERA_ZAAKSTATUSSOORT, "GEA", "Geannuleerd", ""},
    {VERA_ZAAKSTATUSSOORT, "GES", "Gesloten", ""},
    {VERA_ZAAKSTATUSSOORT, "INB", "In behandeling", ""},
    {VERA_ZAAKSTATUSSOORT, "INU", "In uitvoering", ""},
    {VERA_ZAAKROL, "ADV", "Adviseur", ""},
    {VERA_ZAAKROL, "BEH", "Behandelaar", ""},
    {VERA_ZAAKROL, "BEK", "Beklaagde", ""},
    {VERA_ZAAKROL, "BEL", "Belanghebbende", ""},
    {VERA_ZAAKROL, "BES", "Beslisser", ""},
    {VERA_ZAAKROL, "INI", "Initiator", ""},
    {VERA_ZAAKROL, "KLA", "Klantcontacter", ""},
    {VERA_ZAAKROL, "KLG", "Klager", ""},
    {VERA_ZAAKROL, "MEL", "Melder", ""},
    {VERA_ZAAKROL, "OVE", "Overige betrokkene", ""},
    {VERA_ZAAKROL, "ZAA", "Zaakcoördinator", ""},
    {VERA_VERTROUWELIJKHEID, "GEH", "Geheim", ""},
    {VERA_VERTROUWELIJKHEID, "INT", "Intern", ""},
    {VERA_VERTROUWELIJKHEID, "OPE", "Openbaar", ""},
    {VERA_VERTROUWELIJKHEID, "VER", "Vertrouwelijk", ""},
    {VERA_RELATIESOORT, "GRO", "Relatiegroep", ""},
    {VERA_RELATIESOORT, "NAT", "Natuurlijke persoon", ""},
    {VERA_RELATIESOORT, "REC", "Rechtspersoon", ""},
    {VERA_CONTACTGEGEVENSOORT, "EMA", "E-mail", ""},
    {VERA_CONTACTGEGEVENSOORT, "MOB", "Mobiele telefoon", ""},
    {VERA_CONTACTGEGEVENSOORT, "TEL", "Telefoon", ""},
    {VERA_DEFECTSOORT, "DRP", "Druppelt", ""},
    {VERA_DEFECTSOORT, "GAS", "Gaslucht/gaslek", ""},
    {VERA_DEFECTSOORT, "HOR", "Houtrot", ""},
    {VERA_DEFECTSOORT, "KKL", "Kakkerlakken", ""},
    {VERA_DEFECTSOORT, "LEK", "Lekt", ""},
    {VERA_DEFECTSOORT, "MUI", "Muizen", ""},
    {VERA_DEFECTSOORT, "ONA", "Onvoldoende afzuiging", ""},
    {VERA_DEFECTSOORT, "OVE", "Overig", ""},
    {VERA_DEFECTSOORT, "RAT", "Ratten", ""},
    {VERA_DEFECTSOORT, "SCH", "Schimmel", ""},
    {VERA_DEFECTSOORT, "STI", "Stinkt", ""},
    {VERA_DEFECTSOORT, "TEM", "Onjuiste temperatuur", ""},
    {VERA_DEFECTSOORT, "TOC", "Tocht", ""},
    {VERA_DEFECTSOORT, "VBI", "Verf laat los (binnen)", ""},
    {VERA_DEFECTSOORT, "VLO", "Vlooien", ""},
    {VERA_DEFECTSOORT, "VOC", "Vochtig / nat", ""},
    {VERA_DEFECTSOORT, "VS0", "Verstopt (hoogte onbenoemd)", ""},
    {VERA_DEFECTSOORT, "WAN", "Wandluizen", ""},
    {VERA_DEFECTSOORT, "ZIL", "Zilvervisjes", ""},
    {VERA_DEFECTLOCATIE, "BAD", "Badkamer / doucheruimte", ""},
    {VERA_DEFECTLOCATIE, "BAL", "Balkon", ""},
    {VERA_DEFECTLOCATIE, "BER", "Bergingsruimte", ""},
    {VERA_DEFECTLOCATIE, "BIJ", "Bijkeuken", ""},
    {VERA_DEFECTLOCATIE, "BUI", "Buitengevel", ""},
    {VERA_DEFECTLOCATIE, "DAK", "Dak", ""},
    {VERA_DEFECTLOCATIE, "GAN", "Gangkast / trapkast", ""},
    {VERA_DEFECTLOCATIE, "HAL", "Hal / gang individueel", ""},
    {VERA_DEFECTLOCATIE, "KEL", "Kelder", ""},
    {VERA_DEFECTLOCATIE, "KEU", "Keuken", ""},
    {VERA_DEFECTLOCATIE, "KRU", "Kruipruimte", ""},
    {VERA_DEFECTLOCATIE, "OVE", "Overige ruimte", ""},
    {VERA_DEFECTLOCATIE, "OVL", "Overloop", ""},
    {VERA_DEFECTLOCATIE, "POR", "Trappenhuis / Portiek", ""},
    {VERA_DEFECTLOCATIE, "SLA", "Slaapkamer", ""},
    {VERA_DEFECTLOCATIE, "TOI", "Toiletruimte", ""},
    {VERA_DEFECTLOCATIE, "TRA", "Trap", ""},
    {VERA_DEFECTLOCATIE, "WOO", "Woonkamer", ""},
    {VERA_DEFECTLOCATIE, "ZOL", "Zolder / vliering", ""},
    {VERA_DEFECTSTATUS, "MEL", "Gemeld", ""},
    {VERA_ONDERHOUDSOORT, "REP", "Reparatie", ""},
    {VERA_ONDERHOUDSVERZOEKSTATUS, "AFG", "Afgehandeld", ""},
    {VERA_ONDERHOUDSVERZOEKSTATUS, "BEO", "Ter beoordeling", ""},
    {VERA_ONDERHOUDSVERZOEKSTATUS, "FIN", "Financieel afwikkelen", ""},
    {VERA_ONDERHOUDSVERZOEKSTATUS, "GEA", "Geannuleerd", ""},
    {VERA_ONDERHOUDSVERZOEKSTATUS, "INB", "In behandeling", ""},
    {VERA_ONDERHOUDSVERZOEKSTATUS, "REG", "Geregistreerd", ""},
    {VERA_ONDERHOUDSVERZOEKSTATUS, "TEC", "Technisch gereed", ""},
    {VERA_COMMUNICATIEKANAAL, "INT", "Internet / klantportaal", ""},
    {VERA_COMMUNICATIERICHTING, "INK", "Inkomend", ""},
};
#define CODES (sizeof(codes) / sizeof(codes[0]))

const struct vera_row *
vera_find(enum vera_list list, const char *code, const char *parent)
{
	for (size_t i = 0; i < CODES; i++) {
		if (codes[i].list == list && strcmp(codes[i].code, code) == 0)
			return strcmp(codes[i].parent, parent) == 0 ? &codes[i]
								    : NULL;
	}
	return NULL;
}

json_t *
vera_ref(enum vera_list list, const char *code)
{
	for (size_t i = 0; i < CODES; i++) {
		if (codes[i].list == list && strcmp(codes[i].code, code) == 0)
			return json_pack("{s:s, s:s}", "code", codes[i].code,
			    "naam", codes[i].name);
	}
	assert(!"a code of ours is in the lists");
	return NULL;
}
