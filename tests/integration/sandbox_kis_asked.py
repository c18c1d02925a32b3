"""Calls to the sandbox's KIS, and the fields that the real answers have (as of 2026-05)."""

from collections.abc import Mapping
from typing import Any

from tests.integration.sandbox_client import World

BASE = "/kis/uapi/domestic-stock/v1"
PATHS = {
    "FHKST01010100": "quotations/inquire-price",
    "FHKST11300006": "quotations/intstock-multprice",
    "FHKST01010200": "quotations/inquire-asking-price-exp-ccn",
    "FHKST03010100": "quotations/inquire-daily-itemchartprice",
    "FHKST03010200": "quotations/inquire-time-itemchartprice",
    "FHKST03010230": "quotations/inquire-time-dailychartprice",
    "FHKST01010900": "quotations/inquire-investor",
    "FHPST02300000": "quotations/inquire-overtime-price",
    "FHPST02320000": "quotations/inquire-daily-overtimeprice",
    "FHPUP02100000": "quotations/inquire-index-price",
    "FHPUP02120000": "quotations/inquire-index-daily-price",
    "FHPUP02140000": "quotations/inquire-index-category-price",
    "CTPF1002R": "quotations/search-stock-info",
    "FHKST66430300": "finance/financial-ratio",
    "FHPST01700000": "ranking/fluctuation",
    "CTCA0903R": "quotations/chk-holiday",
}  # by TR


def ask(world: World, tr_id: str, query: Mapping[str, str]) -> dict[str, Any]:
    """The body of a call's answer; it must be a success."""
    answer = world.get(f"{BASE}/{PATHS[tr_id]}", query, **world.headers(tr_id))
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["rt_cd"]) == (200, "0"), body
    return body


def of_stock(code: str) -> dict[str, str]:
    """The part of a query that names a stock."""
    return {"FID_COND_MRKT_DIV_CODE": "J", "FID_INPUT_ISCD": code}


def of_index(code: str) -> dict[str, str]:
    """The part of a query that names an index."""
    return {"FID_COND_MRKT_DIV_CODE": "U", "FID_INPUT_ISCD": code}


_LEVELS = [
    f"{side}{what}{n}"
    for side in ("askp", "bidp")
    for what in ("", "_rsqn", "_rsqn_icdc")
    for n in range(1, 11)
]

# TR -> output -> its fields, those of a row where it is a list; "~" stands for a blank within a field's name
_FIELDS = {
    "FHKST01010100": {
        "output": """
        acml_tr_pbmn acml_vol aspr_unit bps bstp_kor_isnm clpr_rang_cont_yn cpfn cpfn_cnnm crdt_able_yn
        d250_hgpr d250_hgpr_date d250_hgpr_vrss_prpr_rate d250_lwpr d250_lwpr_date
        d250_lwpr_vrss_prpr_rate dmrs_val dmsp_val dryy_hgpr_date dryy_hgpr_vrss_prpr_rate
        dryy_lwpr_date dryy_lwpr_vrss_prpr_rate elw_pblc_yn eps fcam_cnnm frgn_hldn_qty frgn_ntby_qty
        grmn_rate_cls_code hts_avls hts_deal_qty_unit_val hts_frgn_ehrt invt_caful_yn iscd_stat_cls_code
        last_ssts_cntg_qty lstn_stcn marg_rate mrkt_warn_cls_code oprc_rang_cont_yn ovtm_vi_cls_code pbr
        per pgtr_ntby_qty prdy_ctrt prdy_vrss prdy_vrss_sign prdy_vrss_vol_rate pvt_frst_dmrs_prc
        pvt_frst_dmsp_prc pvt_pont_val pvt_scnd_dmrs_prc pvt_scnd_dmsp_prc rprs_mrkt_kor_name
        rstc_wdth_prc short_over_yn sltr_yn ssts_yn stac_month stck_dryy_hgpr stck_dryy_lwpr stck_fcam
        stck_hgpr stck_llam stck_lwpr stck_mxpr stck_oprc stck_prpr stck_sdpr stck_shrn_iscd stck_sspr
        temp_stop_yn vi_cls_code vol_tnrt w52_hgpr w52_hgpr_date w52_hgpr_vrss_prpr_ctrt w52_lwpr
        w52_lwpr_date w52_lwpr_vrss_prpr_ctrt wghn_avrg_stck_prc whol_loan_rmnd_rate
        """,
    },
    "FHKST11300006": {
        "output": """
        acml_tr_pbmn acml_vol hour_cls_code inter2_askp inter2_bidp inter2_hgpr inter2_llam inter2_lwpr
        inter2_mxpr inter2_oprc inter2_prdy_clpr inter2_prdy_vrss inter2_prpr inter2_sdpr inter_kor_isnm
        inter_shrn_iscd intr_antc_cntg_prdy_ctrt intr_antc_cntg_vrss intr_antc_cntg_vrss_sign
        intr_antc_vol kospi_kosdaq_cls_name mrkt_trtm_cls_name oprc_vrss_hgpr_rate prdy_ctrt
        prdy_vrss_sign seln_rsqn shnu_rsqn total_askp_rsqn total_bidp_rsqn
        """,
    },
    "FHKST03010100": {
        "output1": """
        acml_tr_pbmn acml_vol askp bidp cpfn eps hts_avls hts_kor_isnm itewhol_loan_rmnd_ratem~name
        lstn_stcn pbr per prdy_ctrt prdy_vol prdy_vrss prdy_vrss_sign prdy_vrss_vol stck_fcam stck_hgpr
        stck_llam stck_lwpr stck_mxpr stck_oprc stck_prdy_clpr stck_prdy_hgpr stck_prdy_lwpr
        stck_prdy_oprc stck_prpr stck_shrn_iscd vol_tnrt
        """,
        "output2": """
        acml_tr_pbmn acml_vol flng_cls_code mod_yn prdy_vrss prdy_vrss_sign prtt_rate revl_issu_reas
        stck_bsop_date stck_clpr stck_hgpr stck_lwpr stck_oprc
        """,
    },
    "FHKST03010200": {
        "output1": """
        acml_tr_pbmn acml_vol hts_kor_isnm prdy_ctrt prdy_vrss prdy_vrss_sign stck_prdy_clpr stck_prpr
        """,
        "output2": """
        acml_tr_pbmn cntg_vol stck_bsop_date stck_cntg_hour stck_hgpr stck_lwpr stck_oprc stck_prpr
        """,
    },
    "FHKST03010230": {
        "output1": """
        acml_tr_pbmn acml_vol hts_kor_isnm prdy_ctrt prdy_vrss prdy_vrss_sign stck_prdy_clpr stck_prpr
        """,
        "output2": """
        acml_tr_pbmn cntg_vol stck_bsop_date stck_cntg_hour stck_hgpr stck_lwpr stck_oprc stck_prpr
        """,
    },
    "FHKST01010900": {
        "output": """
        frgn_ntby_qty frgn_ntby_tr_pbmn frgn_seln_tr_pbmn frgn_seln_vol frgn_shnu_tr_pbmn frgn_shnu_vol
        orgn_ntby_qty orgn_ntby_tr_pbmn orgn_seln_tr_pbmn orgn_seln_vol orgn_shnu_tr_pbmn orgn_shnu_vol
        prdy_vrss prdy_vrss_sign prsn_ntby_qty prsn_ntby_tr_pbmn prsn_seln_tr_pbmn prsn_seln_vol
        prsn_shnu_tr_pbmn prsn_shnu_vol stck_bsop_date stck_clpr
        """,
    },
    "FHPST02300000": {
        "output": """
        askp bidp bstp_kor_isnm crdt_able_yn insn_pbnt_yn mang_issu_yn marg_rate mrkt_warn_cls_code
        new_lstn_cls_name ovtm_untp_antc_cnpr ovtm_untp_antc_cnqn ovtm_untp_antc_cntg_ctrt
        ovtm_untp_antc_cntg_vrss ovtm_untp_antc_cntg_vrss_sign ovtm_untp_hgpr ovtm_untp_llam
        ovtm_untp_lwpr ovtm_untp_mxpr ovtm_untp_oprc ovtm_untp_prdy_ctrt ovtm_untp_prdy_vrss
        ovtm_untp_prdy_vrss_sign ovtm_untp_prpr ovtm_untp_sdpr ovtm_untp_tr_pbmn ovtm_untp_vol
        ovtm_vi_cls_code rprs_mrkt_kor_name sltr_yn trht_yn vlnt_deal_cls_name
        """,
    },
    "FHPST02320000": {
        "output1": """
        ovtm_untp_antc_cnpr ovtm_untp_antc_cntg_ctrt ovtm_untp_antc_cntg_vrss
        ovtm_untp_antc_cntg_vrss_sign ovtm_untp_antc_vol ovtm_untp_hgpr ovtm_untp_llam ovtm_untp_lwpr
        ovtm_untp_mxpr ovtm_untp_oprc ovtm_untp_prdy_ctrt ovtm_untp_prdy_vrss ovtm_untp_prdy_vrss_sign
        ovtm_untp_prpr ovtm_untp_tr_pbmn ovtm_untp_vol
        """,
        "output2": """
        acml_vol ovtm_untp_prdy_ctrt ovtm_untp_prdy_vrss ovtm_untp_prdy_vrss_sign ovtm_untp_prpr
        ovtm_untp_tr_pbmn ovtm_untp_vol prdy_ctrt prdy_vrss prdy_vrss_sign stck_bsop_date stck_clpr
        """,
    },
    "FHPUP02100000": {
        "output": """
        acml_tr_pbmn acml_vol ascn_issu_cnt bstp_nmix_hgpr bstp_nmix_hgpr_prdy_ctrt bstp_nmix_lwpr
        bstp_nmix_oprc bstp_nmix_oprc_prdy_ctrt bstp_nmix_prdy_ctrt bstp_nmix_prdy_vrss bstp_nmix_prpr
        down_issu_cnt dryy_bstp_nmix_hgpr dryy_bstp_nmix_hgpr_date dryy_bstp_nmix_lwpr
        dryy_bstp_nmix_lwpr_date dryy_hgpr_vrss_prpr_rate dryy_lwpr_vrss_prpr_rate hgpr_vrss_prpr_sign
        lslm_issu_cnt lwpr_vrss_prpr_sign ntby_rsqn oprc_vrss_prpr_sign prdy_clpr_vrss_lwpr
        prdy_clpr_vrss_lwpr_rate prdy_nmix_vrss_nmix_hgpr prdy_nmix_vrss_nmix_oprc prdy_tr_pbmn prdy_vol
        prdy_vrss_sign seln_rsqn_rate shnu_rsqn_rate stnr_issu_cnt total_askp_rsqn total_bidp_rsqn
        uplm_issu_cnt
        """,
    },
    "FHPUP02120000": {
        "output1": """
        acml_tr_pbmn acml_vol ascn_issu_cnt bstp_nmix_hgpr bstp_nmix_lwpr bstp_nmix_oprc
        bstp_nmix_prdy_ctrt bstp_nmix_prdy_vrss bstp_nmix_prpr down_issu_cnt dryy_bstp_nmix_hgpr
        dryy_bstp_nmix_hgpr_date dryy_bstp_nmix_lwpr dryy_bstp_nmix_lwpr_date lslm_issu_cnt prdy_tr_pbmn
        prdy_vol prdy_vrss_sign stnr_issu_cnt uplm_issu_cnt
        """,
        "output2": """
        acml_tr_pbmn acml_vol acml_vol_rlim bstp_nmix_hgpr bstp_nmix_lwpr bstp_nmix_oprc
        bstp_nmix_prdy_ctrt bstp_nmix_prdy_vrss bstp_nmix_prpr d20_dsrt invt_new_psdg prdy_vrss_sign
        stck_bsop_date
        """,
    },
    "FHPUP02140000": {
        "output1": """
        acml_tr_pbmn acml_vol ascn_issu_cnt bstp_nmix_hgpr bstp_nmix_lwpr bstp_nmix_oprc
        bstp_nmix_prdy_ctrt bstp_nmix_prdy_vrss bstp_nmix_prpr down_issu_cnt dryy_bstp_nmix_hgpr
        dryy_bstp_nmix_hgpr_date dryy_bstp_nmix_lwpr dryy_bstp_nmix_lwpr_date lslm_issu_cnt prdy_tr_pbmn
        prdy_vol prdy_vrss_sign stnr_issu_cnt uplm_issu_cnt
        """,
        "output2": """
        acml_tr_pbmn acml_tr_pbmn_rlim acml_vol acml_vol_rlim bstp_cls_code bstp_nmix_prdy_ctrt
        bstp_nmix_prdy_vrss bstp_nmix_prpr hts_kor_isnm prdy_vrss_sign
        """,
    },
    "CTPF1002R": {
        "output": """
        admn_item_yn bfdy_clpr clpr_chng_dt cpta crfd_item_yn dpsi_aptm_erlm_yn dpsi_erlm_cncl_dt
        elec_scty_yn etf_cu_qty etf_dvsn_cd etf_txtn_type_cd etf_type_cd excg_dvsn_cd
        frbd_mket_lstg_abol_dt frbd_mket_lstg_dt idx_bztp_lcls_cd idx_bztp_lcls_cd_name idx_bztp_mcls_cd
        idx_bztp_mcls_cd_name idx_bztp_scls_cd idx_bztp_scls_cd_name issu_pric kosdaq_mket_lstg_abol_dt
        kosdaq_mket_lstg_dt kospi200_item_yn lstg_abol_dt lstg_cptl_amt lstg_stqt mfnd_end_dt
        mfnd_opng_dt mket_id_cd nwst_odst_dvsn_cd ocr_no oilf_fund_yn papr pdno prdt_abrv_name
        prdt_eng_abrv_name prdt_eng_name prdt_eng_name120 prdt_name prdt_name120 prdt_type_cd
        reits_kind_cd sbst_pric scts_mket_lstg_abol_dt scts_mket_lstg_dt scty_grp_id_cd setl_mmdd
        stck_kind_cd std_idst_clsf_cd std_idst_clsf_cd_name std_pdno thco_sbst_pric
        thco_sbst_pric_chng_dt thdt_clpr tr_stop_yn
        """,
    },
    "FHKST66430300": {
        "output": """
        bps bsop_prfi_inrt eps grs lblt_rate ntin_inrt roe_val rsrv_rate sps stac_yymm
        """,
    },
    "CTCA0903R": {
        "output": """
        bass_dt bzdy_yn opnd_yn sttl_day_yn tr_day_yn wday_dvsn_cd
        """,
    },
    "FHKST01010200": {
        "output1": " ".join(_LEVELS)
        + """
        aspr_acpt_hour total_askp_rsqn total_bidp_rsqn total_askp_rsqn_icdc total_bidp_rsqn_icdc
        ovtm_total_askp_icdc ovtm_total_bidp_icdc ovtm_total_askp_rsqn ovtm_total_bidp_rsqn ntby_aspr_rsqn
        new_mkop_cls_code
        """,
        "output2": """
        antc_mkop_cls_code stck_prpr stck_oprc stck_hgpr stck_lwpr stck_sdpr antc_cnpr antc_cntg_vrss_sign
        antc_cntg_vrss antc_cntg_prdy_ctrt antc_vol stck_shrn_iscd vi_cls_code
        """,
    },
    "FHPST01700000": {
        "output": """
        stck_shrn_iscd data_rank hts_kor_isnm stck_prpr prdy_vrss prdy_vrss_sign prdy_ctrt acml_vol
        stck_hgpr hgpr_hour acml_hgpr_date stck_lwpr lwpr_hour acml_lwpr_date lwpr_vrss_prpr_rate
        dsgt_date_clpr_vrss_prpr_rate cnnt_ascn_dynu hgpr_vrss_prpr_rate cnnt_down_dynu
        oprc_vrss_prpr_sign oprc_vrss_prpr oprc_vrss_prpr_rate prd_rsfl prd_rsfl_rate
        """,
    },
}
FIELDS = {
    tr_id: {output: {name.replace("~", " ") for name in names.split()} for output, names in outputs.items()}
    for tr_id, outputs in _FIELDS.items()
}
