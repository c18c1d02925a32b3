"""What Korean news sites write around their articles: elements, short paragraphs, ends of paragraphs."""

# elements of any site that are no text of the article
NOISE = (
    "figure",
    "figcaption",
    "aside",
    "form",
    "ins",
    "caption",
    ".blind",
    ".is_blind",
    ".sr-only",
    "[hidden]",
    '[style*="display:none"]',
    '[style*="display: none"]',
    "[id^=div-gpt-ad]",
)

_WHO = r"(?:기자|특파원|논설위원|앵커|리포터|통신원|칼럼니스트|인턴|에디터|PD)"
_MAIL = r"[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}"
_AGENCY = (
    r"(?:(?:EPA|AFP|AP|로이터)?[\s=/]?연합뉴스|뉴스1|뉴시스|로이터|게티이미지(?:뱅크|코리아)?|Getty\s?Images)"
)
_MARK = r"^[\W_]{0,6}"
_NO_SENTENCE = r"^(?!.*다\.)"  # what readers are told to do is said otherwise than in a report's sentences

# paragraphs of at most `rules.LONGEST_NOTICE` characters that are left out
NOTICES = (
    rf"{_MARK}(?:ⓒ|©|\(c\)|copyrights?\b|저작권자)",
    r"무단\s?(?:전재|복제|배포|도용).{0,40}금지",
    r"all rights reserved",
    # bylines and where to write to
    rf"{_NO_SENTENCE}[^@]{{0,60}}{_MAIL}(?:[^@]{{1,40}}{_MAIL}){{0,5}}\W{{0,6}}$",
    rf"^[^.!?。]{{1,40}}\s?{_WHO}\W{{0,4}}$",
    rf"{_MARK}(?:취재|글|글\s?·\s?사진|정리|편집|그래픽|촬영|영상\s?편집)\s?[=:/|].{{1,60}}$",
    # photos
    rf"{_MARK}(?:사진|이미지|그래픽|일러스트|자료사진|사진\s?(?:출처|제공|설명))\s?[=:/|].{{1,100}}$",
    r"^.{0,160}[\[(</]\s?(?:자료\s?)?(?:사진|이미지|일러스트|그래픽)\s?(?:출처|제공|캡처)?\s?[=:].{1,40}$",
    r"^.{0,120}[\[(<](?:[\w\s.]{1,20}\s)?(?:제공|캡처|자료사진)[\])>]$",
    rf"^.{{0,120}}[.\s/=]\s?(?:사진\s?)?{_AGENCY}\W{{0,2}}$",
    # other articles, and what readers should do
    rf"{_MARK}(?:관련\s?(?:기사|뉴스)|많이\s?본\s?(?:기사|뉴스)|인기\s?(?:기사|뉴스)|추천\s?(?:기사|뉴스)"
    r"|(?:이\s?시각\s?)?주요\s?뉴스|함께\s?(?:본|볼\s?만한)\s?(?:기사|뉴스))\W{0,4}$",
    rf"{_NO_SENTENCE}.*(?:구독\s?(?:하기|하세요|하고|해\s?주세요|신청|과\s?좋아요)|좋아요를?\s?눌러|채널\s?추가|친구\s?추가)",
    rf"{_NO_SENTENCE}[▶▷►☞👉※☎].*(?:구독|바로\s?가기|제보|다운로드|클릭|더\s?보기|보러\s?가기|홈페이지|앱에서)",
    rf"{_NO_SENTENCE}.*(?:기사|카카오톡|카톡|뉴스)\s?(?:문의\s?및\s?)?제보",
    rf"{_MARK}[이본]\s?(?:기사|콘텐츠|글)(?:는|은)\s.{{0,100}}(?:게재|작성|제작|생성|번역|분류|발행|보도)",
    r"투자\s?(?:판단의|에\s?대한)\s?(?:최종\s?)?책임은.{0,40}(?:본인|투자자)",
    r"^(?:광고|AD|advertisement|sponsored|뉴스\s?요약쏙|사진\s?확대|이미지\s?크게\s?보기|원본\s?보기)$",
)

# what is cut off where a paragraph begins: [한빛경제 홍길동 기자], (서울=한빛통신) 홍길동 기자 =
OPENINGS = (
    rf"^[\[(【<][^\])】>]{{1,40}}{_WHO}\s?[\])】>]\s*[=|:-]?\s*",
    rf"^[\[(【<][^\])】>]{{2,30}}[=＝·ㆍ/][^\])】>]{{2,30}}[\])】>]\s*"
    rf"[^.=\s]{{2,8}}\s?[^.=\s]{{0,8}}\s{_WHO}\s*=\s*",
    rf"^[^.=\s]{{2,8}}\s?{_WHO}\s?=\s+",
)
# what is cut off where a paragraph ends
CLOSINGS = (
    rf"(?<=[.!?\"'”’)\]>])\s*[^.!?@\"”]{{0,50}}{_MAIL}(?:[^.!?@]{{1,30}}{_MAIL}){{0,3}}\W{{0,4}}$",
    rf"(?<=[.!?\"'”’])\s*[/\[(<]?[^.!?@\"”\[(]{{2,20}}\s{_WHO}\s?[\])>]?$",
    r"\s*[\[(</]\s?(?:사진|이미지)\s?(?:출처|제공)?\s?[=:][^.]{1,30}[\])>]?$",
)
